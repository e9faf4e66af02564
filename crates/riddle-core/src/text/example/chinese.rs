/// A heading with one of these asks.
const ASKING: &[&str] = &[
    "什么", "如何", "怎么", "怎样", "为何", "是否", "能否", "可否", "哪里", "哪些", "哪个", "多少",
    "多久", "几点",
];
/// So does one that ends with one of these.
const PARTICLES: &[char] = &['吗', '呢', '谁'];

/// A question about a heading that is not marked as one itself.
pub(super) fn question(title: &str) -> String {
    if ASKING.iter().any(|word| title.contains(word))
        || title.ends_with(PARTICLES)
        || title.starts_with('谁')
    {
        return format!("{title}？");
    }
    if title.ends_with('时') && !title.ends_with("小时")
        || title.ends_with("的时候")
        || title.ends_with("的情况下")
    {
        return format!("{title}怎么办？");
    }
    format!("关于“{title}”，需要了解什么？")
}
