//! The loop that all products are made of.

/// Defines a product of rows with a panel of `VECTORS` vectors of `$lanes` columns. `$broadcast` fills a vector with a
/// unit, `$dot` adds the product of two vectors of units to a vector of accumulators.
macro_rules! product {
    (
        $name:ident, $features:literal, $lanes:literal, $weight:ty, $zero:expr,
        $broadcast:expr, $dot:expr, $load:expr, $store:expr
    ) => {
        /// The product of `ROWS` rows with a panel of `VECTORS` vectors, with `add` on top of what is there.
        ///
        /// # Safety
        /// `a` has `units` values from each of its rows on, `b` has `units` rows of `VECTORS` vectors, and `out` has
        /// room for `VECTORS` vectors from each of its rows on.
        #[target_feature(enable = $features)]
        unsafe fn $name<const ROWS: usize, const VECTORS: usize>(
            (mut a, stride): (*const u32, usize),
            (mut b, units): (*const u32, usize),
            (out, out_stride): (*mut u32, usize),
            add: bool,
        ) {
            let mut accumulators = [[$zero; VECTORS]; ROWS];
            if add {
                for (row, accumulators) in accumulators.iter_mut().enumerate() {
                    for (vector, accumulator) in accumulators.iter_mut().enumerate() {
                        // SAFETY: within the row of the result, as the caller promises.
                        *accumulator =
                            unsafe { $load(out.add(row * out_stride + vector * $lanes)) };
                    }
                }
            }
            for _ in 0..units {
                // SAFETY: within the panel, as the caller promises; a vector may be read at any address of a unit.
                let weights: [$weight; VECTORS] =
                    unsafe { b.cast::<[$weight; VECTORS]>().read_unaligned() };
                for (row, accumulators) in accumulators.iter_mut().enumerate() {
                    // SAFETY: within the row, as the caller promises.
                    let value = $broadcast(unsafe { a.add(row * stride).read() }.cast_signed());
                    for (accumulator, weight) in accumulators.iter_mut().zip(weights) {
                        *accumulator = $dot(*accumulator, value, weight);
                    }
                }
                // SAFETY: at most one past the end.
                unsafe {
                    a = a.add(1);
                    b = b.add(VECTORS * $lanes);
                }
            }
            for (row, accumulators) in accumulators.into_iter().enumerate() {
                for (vector, accumulator) in accumulators.into_iter().enumerate() {
                    // SAFETY: within the row of the result, as the caller promises.
                    unsafe { $store(out.add(row * out_stride + vector * $lanes), accumulator) };
                }
            }
        }
    };
}

/// Calls a product for a number of rows that is only known now.
macro_rules! by_rows {
    ($name:ident, $vectors:literal, $rows:expr, $pointers:expr, [$($count:literal)*]) => {{
        let (a, b, out, add) = $pointers;
        match $rows {
            // SAFETY: the caller has checked all three ranges.
            $($count => unsafe { $name::<$count, $vectors>(a, b, out, add) },)*
            _ => {}
        }
    }};
}

pub(super) use {by_rows, product};
