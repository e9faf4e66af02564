/// `From` between the public types and those of the domain, which both belong to other crates.
pub(crate) trait ConvertFrom<T>: Sized {
    fn convert_from(value: T) -> Self;
}

/// `Into`, likewise.
pub(crate) trait Convert: Sized {
    fn convert<T: ConvertFrom<Self>>(self) -> T {
        T::convert_from(self)
    }
}

impl<T> Convert for T {}
