//! The loop that all products of vector instructions are made of.

use super::{Product, Units};

/// Rows at a time where bf16 is computed as floats: the weights, unpacked, take the registers of the others.
pub(super) const ROWS_OF_UNPACKED: usize = 3;

/// What a kernel reads and writes: rows and their distance, a panel and its units, the result and the distance of its
/// rows, and whether it is added up.
pub(super) type Pointers = (
    (*const u32, usize),
    (*const u32, usize),
    (*mut u32, usize),
    bool,
);

impl Product<'_> {
    pub(super) fn pointers(&self, out: &mut [u32], stride: usize) -> Pointers {
        (
            (self.rows.values.as_ptr(), self.rows.stride),
            (self.panel.as_ptr(), self.panel.len() / self.width),
            (out.as_mut_ptr(), stride),
            self.add,
        )
    }

    /// Takes it in parts of a few rows, each with its part of the result.
    pub(super) fn in_parts(
        &self,
        most: usize,
        out: &mut [u32],
        stride: usize,
        mut take: impl FnMut(usize, Pointers),
    ) {
        for first in (0..self.rows.count).step_by(most) {
            let rows = Units {
                values: &self.rows.values[first * self.rows.stride..],
                count: most.min(self.rows.count - first),
                ..self.rows
            };
            let part = Self { rows, ..*self };
            take(
                part.rows.count,
                part.pointers(&mut out[first * stride..], stride),
            );
        }
    }
}

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
