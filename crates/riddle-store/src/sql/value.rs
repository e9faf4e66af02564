/// A value of a statement. What is absent has a type too, as PostgreSQL asks for one.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Integer(Option<i64>),
    Real(Option<f64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

macro_rules! values {
    ($($from:ty => $kind:ident, $value:ident => $convert:expr;)*) => {$(
        impl From<$from> for Value {
            fn from($value: $from) -> Self {
                Self::$kind(Some($convert))
            }
        }

        impl From<Option<$from>> for Value {
            fn from(value: Option<$from>) -> Self {
                Self::$kind(value.map(|$value| $convert))
            }
        }
    )*};
}

// A truth value is 0 or 1 in both databases.
values! {
    i64 => Integer, value => value;
    u32 => Integer, value => i64::from(value);
    bool => Integer, value => i64::from(value);
    f64 => Real, value => value;
    String => Text, value => value;
    &str => Text, value => value.to_owned();
    &String => Text, value => value.clone();
    Vec<u8> => Bytes, value => value;
    &[u8] => Bytes, value => value.to_vec();
    &Vec<u8> => Bytes, value => value.clone();
}

impl From<&Option<String>> for Value {
    fn from(value: &Option<String>) -> Self {
        Self::Text(value.clone())
    }
}
