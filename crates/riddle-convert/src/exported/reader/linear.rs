//! Linear layers: in floats, or with weights as bytes and inputs that become bytes as they come.

use super::{From, Reader};
use crate::exported::parts::{Constant, Linear};

impl<'g> Reader<'g> {
    pub(super) fn linear(&self, value: &'g str) -> Option<From<'g, Linear>> {
        if let Some(layer) = self.general_product(value) {
            return Some(layer);
        }
        self.orders(value, "Add").find_map(|[product, bias]| {
            let (bias, outputs) = self.vector(bias)?;
            let product = self.product(product)?;
            self.checked(product, bias, outputs)
        })
    }

    /// Rows of inputs by a matrix, plus a bias, in one operator.
    fn general_product(&self, value: &'g str) -> Option<From<'g, Linear>> {
        let node = self.made_by(value, "Gemm")?;
        let factors = ["alpha", "beta"].map(|name| node.float(name).unwrap_or(1.0));
        if factors != [1.0, 1.0] || node.int("transA").unwrap_or(0) != 0 {
            return None;
        }
        let mut weight = self.constant(node.input(1)?)?;
        weight.transposed ^= node.int("transB").unwrap_or(0) == 0;
        let (bias, outputs) = self.vector(node.input(2)?)?;
        let product = From {
            input: self.through(node.input(0)?),
            found: weight,
        };
        self.checked(product, bias, outputs)
    }

    fn checked(
        &self,
        product: From<'g, Constant>,
        bias: Constant,
        outputs: usize,
    ) -> Option<From<'g, Linear>> {
        let [rows, inputs] = *self.shape_of(&product.found)? else {
            return None;
        };
        let linear = Linear {
            weight: product.found,
            bias,
            inputs,
            outputs,
        };
        (rows == outputs).then_some(From {
            input: product.input,
            found: linear,
        })
    }

    /// A product with constant weights, which are `outputs × inputs`.
    fn product(&self, value: &'g str) -> Option<From<'g, Constant>> {
        if let Some([input, weight]) = self.pair(value, "MatMul") {
            let mut weight = self.constant(weight)?;
            weight.transposed = !weight.transposed;
            return Some(From {
                input,
                found: weight,
            });
        }
        let mut orders = self.orders(value, "Mul");
        orders.find_map(|[integers, scales]| self.product_of_bytes(integers, scales))
    }

    /// Inputs that are quantized as they come, all with one scale and zero point.
    fn product_of_bytes(&self, integers: &'g str, scales: &'g str) -> Option<From<'g, Constant>> {
        let node = self.made_by(integers, "MatMulInteger")?;
        let quantizer = self.index.maker(node.input(0)?)?;
        let by_it = |value: &str, place| {
            let maker = self.index.maker_of_output(value, place);
            maker.is_some_and(|maker| std::ptr::eq(maker, quantizer))
        };
        if !quantizer.is("DynamicQuantizeLinear") || !by_it(node.input(2)?, 2) {
            return None;
        }
        let mut orders = self.orders(scales, "Mul");
        let scale =
            orders.find_map(|[of_input, of_weight]| by_it(of_input, 1).then_some(of_weight));
        let weight = self.constant(node.input(1)?)?;
        if weight.steps.is_some() || weight.transposed {
            return None;
        }
        Some(From {
            input: self.through(quantizer.input(0)?),
            found: Constant {
                steps: Some(self.steps(scale?, node.input(3), 1)?),
                transposed: true,
                ..weight
            },
        })
    }
}
