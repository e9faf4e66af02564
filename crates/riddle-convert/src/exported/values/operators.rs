//! What each operator gives, as far as it is known.

use super::arithmetic::{chosen, expanded, of_one, of_two, two};
use super::shapes::{axis, broadcast, product, reshaped, transposed};
use super::small::MOST;
use super::{Small, Value, of_constant};
use crate::exported::constant::{Number, count, number};
use crate::onnx::proto::Node;

/// What is known of an output of a node, by its place. Of an operator that is not known, nothing is.
pub(super) fn output(node: &Node, place: usize, inputs: &[Option<Value>]) -> Option<Value> {
    if !node.is(node.operator.as_deref()?) {
        return None;
    }
    let node = Given { node, inputs };
    let name = node.node.operator.as_deref()?;
    if name == "DynamicQuantizeLinear" && matches!(place, 1 | 2) {
        return Some(Value::Sized(Vec::new()));
    }
    if place > 0 {
        return None;
    }
    match name {
        "Constant" => node.constant(),
        "Shape" => node.shape_of(),
        "Cast" => node.cast(),
        "Unsqueeze" => node.unsqueeze(),
        "Squeeze" => node.squeeze(),
        "Concat" => node.concat(),
        "Gather" => node.gather(),
        "Slice" => node.slice(),
        "Where" => node.choose(),
        "ConstantOfShape" => node.constant_of_shape(),
        "Expand" => node.expand(),
        "Reshape" => node.reshape(),
        "Range" => node.range(),
        "CumSum" => node.running_sum(),
        "Transpose" => node.transpose(),
        "ReduceMean" => node.mean(),
        "MatMul" | "MatMulInteger" => {
            product(node.input(0)?.shape(), node.input(1)?.shape()).map(Value::Sized)
        }
        "Gemm" => node.gemm(),
        "Identity" => node.input(0).cloned(),
        "LayerNormalization"
        | "Softmax"
        | "Erf"
        | "Tanh"
        | "Relu"
        | "Gelu"
        | "Dropout"
        | "DequantizeLinear"
        | "DynamicQuantizeLinear" => Some(Value::Sized(node.input(0)?.shape().to_vec())),
        _ => node.one_by_one(name),
    }
}

/// A node with what is known of its inputs.
struct Given<'a> {
    node: &'a Node,
    inputs: &'a [Option<Value>],
}

impl Given<'_> {
    fn input(&self, place: usize) -> Option<&Value> {
        self.inputs.get(place)?.as_ref()
    }

    fn known(&self, place: usize) -> Option<&Small> {
        self.input(place)?.known()
    }

    /// Integers that are an attribute or, in newer versions, an input.
    fn integers(&self, attribute: &str, place: usize) -> Option<Vec<i64>> {
        if let Some(attribute) = self.node.attribute(attribute) {
            return Some(attribute.ints.clone());
        }
        let numbers = self.known(place)?.all()?;
        Some(numbers.into_iter().map(|number| number as i64).collect())
    }

    fn constant(&self) -> Option<Value> {
        if let Some(value) = self.node.attribute("value") {
            return of_constant(value.tensor.as_ref()?);
        }
        let small = if let Some(value) = self.node.float("value_float") {
            Small::same(Vec::new(), value.into(), Number::Float)
        } else if let Some(value) = self.node.int("value_int") {
            Small::same(Vec::new(), value as f64, Number::Integer)
        } else {
            let values = &self.node.attribute("value_ints")?.ints;
            Small::integers(values.iter().map(|value| *value as f64).collect())
        };
        Some(Value::Known(small))
    }

    fn shape_of(&self) -> Option<Value> {
        let shape = self.input(0)?.shape();
        let rank = i64::try_from(shape.len()).ok()?;
        let place = |name, otherwise: i64| {
            let place = self.node.int(name).unwrap_or(otherwise);
            let place = if place < 0 { place + rank } else { place };
            place.clamp(0, rank) as usize
        };
        let part = shape.get(place("start", 0)..place("end", rank))?;
        let sizes = part.iter().map(|size| *size as f64).collect();
        Some(Value::Known(Small::integers(sizes)))
    }

    fn cast(&self) -> Option<Value> {
        let kind = number(self.node.int("to")?)?;
        let input = self.input(0)?;
        let Some(small) = input.known() else {
            return Some(Value::Sized(input.shape().to_vec()));
        };
        let change = |value: f64| match kind {
            Number::Float => value,
            Number::Integer => value.trunc(),
            Number::Truth => f64::from(value != 0.0),
        };
        Some(Value::Known(small.map(kind, change)))
    }

    /// The same numbers in another shape.
    fn in_shape(&self, shape: Vec<usize>) -> Option<Value> {
        Some(match self.input(0)? {
            Value::Known(small) => Value::Known(small.reshaped(shape)?),
            Value::Sized(from) => {
                if count(from) != count(&shape) {
                    return None;
                }
                Value::Sized(shape)
            }
        })
    }

    fn unsqueeze(&self) -> Option<Value> {
        let axes = self.integers("axes", 1)?;
        let mut shape = self.input(0)?.shape().to_vec();
        let rank = shape.len() + axes.len();
        let places: Option<Vec<usize>> = axes.iter().map(|place| axis(*place, rank)).collect();
        let mut places = places?;
        places.sort_unstable();
        for place in places {
            if place > shape.len() {
                return None;
            }
            shape.insert(place, 1);
        }
        self.in_shape(shape)
    }

    fn squeeze(&self) -> Option<Value> {
        let axes = self.integers("axes", 1)?;
        let shape = self.input(0)?.shape();
        let places: Option<Vec<usize>> =
            axes.iter().map(|place| axis(*place, shape.len())).collect();
        let places = places?;
        let sizes = shape.iter().enumerate();
        let left = sizes.filter(|(place, _)| !places.contains(place));
        self.in_shape(left.map(|(_, size)| *size).collect())
    }

    /// Lists of numbers.
    fn concat(&self) -> Option<Value> {
        let mut numbers = Vec::new();
        let mut kind = Number::Integer;
        for place in 0..self.inputs.len() {
            let list = self.known(place).filter(|list| list.shape.len() == 1)?;
            kind = list.kind;
            numbers.extend(list.all()?);
            if numbers.len() > MOST {
                return None;
            }
        }
        let shape = vec![numbers.len()];
        Some(Value::Known(Small::new(shape, numbers, kind)))
    }

    fn gather(&self) -> Option<Value> {
        let (from, places) = (self.input(0)?, self.input(1)?);
        let along = axis(self.node.int("axis").unwrap_or(0), from.shape().len())?;
        let (before, after) = from.shape().split_at(along);
        let shape = [before, places.shape(), after.get(1..)?].concat();
        let list = from.known().filter(|list| list.shape.len() == 1);
        let (Some(list), Some(places)) = (list, places.known()) else {
            return Some(Value::Sized(shape));
        };
        let all = list.all()?;
        let at = |place: f64| {
            let place = axis(place as i64, all.len())?;
            all.get(place).copied()
        };
        let numbers: Option<Vec<f64>> = places.all()?.into_iter().map(at).collect();
        Some(Value::Known(Small::new(shape, numbers?, list.kind)))
    }

    /// Of numbers that are known.
    fn slice(&self) -> Option<Value> {
        let from = self.known(0)?;
        let [starts, ends] = [self.known(1)?.all()?, self.known(2)?.all()?];
        let axes = match self.known(3) {
            Some(axes) => axes.all()?,
            None => (0..starts.len()).map(|place| place as f64).collect(),
        };
        let steps = match self.known(4) {
            Some(steps) => steps.only()?,
            None => 1.0,
        };
        let [start, end, along] = [&*starts, &*ends, &*axes].map(|list| match list {
            [one] => Some(*one),
            _ => None,
        });
        let along = axis(along? as i64, from.shape.len())?;
        if steps != 1.0 {
            return None;
        }
        let size = from.shape[along];
        let place = |place: f64| {
            let place = if place < 0.0 {
                place + size as f64
            } else {
                place
            };
            place.clamp(0.0, size as f64) as usize
        };
        let part = place(start?)..place(end?);
        if part.start > part.end {
            return None;
        }
        let mut shape = from.shape.clone();
        shape[along] = part.len();
        if let Some(number) = from.only() {
            return Some(Value::Known(Small::same(shape, number, from.kind)));
        }
        let inner = count(&from.shape[along + 1..])?;
        let all = from.all()?;
        let rows = all.chunks(size.checked_mul(inner).filter(|row| *row > 0)?);
        let cut = rows.flat_map(|row| &row[part.start * inner..part.end * inner]);
        let numbers = cut.copied().collect();
        Some(Value::Known(Small::new(shape, numbers, from.kind)))
    }

    fn choose(&self) -> Option<Value> {
        let inputs = [self.input(0)?, self.input(1)?, self.input(2)?];
        if let [Some(condition), Some(yes), Some(no)] = inputs.map(Value::known) {
            return chosen(condition, yes, no).map(Value::Known);
        }
        let [condition, yes, no] = inputs.map(Value::shape);
        broadcast(&broadcast(condition, yes)?, no).map(Value::Sized)
    }

    fn sizes(&self, place: usize) -> Option<Vec<usize>> {
        let sizes = self.known(place)?.all()?.into_iter();
        let sizes: Option<Vec<usize>> = sizes
            .map(|size| (0.0..=1e9).contains(&size).then_some(size as usize))
            .collect();
        count(sizes.as_ref()?)?;
        sizes
    }

    fn constant_of_shape(&self) -> Option<Value> {
        let shape = self.sizes(0)?;
        let (number, kind) = match self.node.attribute("value") {
            Some(value) => {
                let value = of_constant(value.tensor.as_ref()?)?;
                let small = value.known()?;
                (small.only()?, small.kind)
            }
            None => (0.0, Number::Float),
        };
        Some(Value::Known(Small::same(shape, number, kind)))
    }

    fn expand(&self) -> Option<Value> {
        let input = self.input(0)?;
        let shape = broadcast(input.shape(), &self.sizes(1)?)?;
        match input.known() {
            Some(small) => expanded(small, shape).map(Value::Known),
            None => Some(Value::Sized(shape)),
        }
    }

    fn reshape(&self) -> Option<Value> {
        if self.node.int("allowzero").unwrap_or(0) != 0 {
            return None;
        }
        let wanted = self.known(1)?.all()?;
        self.in_shape(reshaped(self.input(0)?.shape(), &wanted)?)
    }

    fn range(&self) -> Option<Value> {
        let [start, limit, step] = [0, 1, 2].map(|place| self.known(place)?.only());
        let (start, limit) = (start?, limit?);
        if step? != 1.0 || !(0.0..=MOST as f64).contains(&(limit - start)) {
            return None;
        }
        let count = (limit - start) as usize;
        let numbers = (0..count).map(|place| start + place as f64).collect();
        let kind = self.known(0)?.kind;
        Some(Value::Known(Small::new(vec![count], numbers, kind)))
    }

    /// Along one row.
    fn running_sum(&self) -> Option<Value> {
        let from = self.known(0)?;
        let along = axis(self.known(1)?.only()? as i64, from.shape.len())?;
        let plain = ["exclusive", "reverse"].map(|name| self.node.int(name).unwrap_or(0)) == [0, 0];
        if !plain || count(&from.shape)? != from.shape[along] {
            return None;
        }
        let mut sum = 0.0;
        let add = |number: f64| {
            sum += number;
            sum
        };
        let numbers = from.all()?.into_iter().map(add).collect();
        let shape = from.shape.clone();
        Some(Value::Known(Small::new(shape, numbers, from.kind)))
    }

    fn transpose(&self) -> Option<Value> {
        let order = &self.node.attribute("perm")?.ints;
        let input = self.input(0)?;
        let shape = transposed(input.shape(), order)?;
        Some(match input.known().and_then(Small::only) {
            Some(number) => Value::Known(Small::same(shape, number, input.known()?.kind)),
            None => Value::Sized(shape),
        })
    }

    fn mean(&self) -> Option<Value> {
        let axes = self.integers("axes", 1)?;
        let mut shape = self.input(0)?.shape().to_vec();
        if self.node.int("keepdims").unwrap_or(1) != 1 {
            return None;
        }
        for place in axes {
            let place = axis(place, shape.len())?;
            shape[place] = 1;
        }
        Some(Value::Sized(shape))
    }

    fn gemm(&self) -> Option<Value> {
        let turned = |name| self.node.int(name).unwrap_or(0) != 0;
        let [&[rows, _], &[from, to]] = [self.input(0)?.shape(), self.input(1)?.shape()] else {
            return None;
        };
        let columns = if turned("transB") { from } else { to };
        (!turned("transA")).then(|| Value::Sized(vec![rows, columns]))
    }

    /// Operators that compute each number from one of each input.
    fn one_by_one(&self, name: &str) -> Option<Value> {
        let first = self.input(0)?;
        let kind = first.known().map_or(Number::Float, |small| small.kind);
        if let (Some((change, kind)), 1) = (of_one(name, kind), self.inputs.len()) {
            return Some(match first.known() {
                Some(small) => Value::Known(small.map(kind, change)),
                None => Value::Sized(first.shape().to_vec()),
            });
        }
        let change = of_two(name, kind).filter(|_| self.inputs.len() == 2)?;
        let second = self.input(1)?;
        match (first.known(), second.known()) {
            (Some(a), Some(b)) => two(change, a, b).map(Value::Known),
            _ => broadcast(first.shape(), second.shape()).map(Value::Sized),
        }
    }
}
