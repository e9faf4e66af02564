/// Gives each variant of an enum its name on the wire, and the list of all of them, so that nothing that a program may
/// be sent is missing in the API's description.
#[macro_export]
macro_rules! code_table {
    ($type:ident { $($variant:pat => $code:literal,)* }) => {
        impl $type {
            /// All names on the wire.
            pub const CODES: &[&'static str] = &[$($code),*];

            /// The name used on the wire.
            pub fn code(&self) -> &'static str {
                match self {
                    $($variant => $code,)*
                }
            }
        }
    };
}
