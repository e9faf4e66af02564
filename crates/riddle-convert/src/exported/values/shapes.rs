//! Shapes that operators give.

/// The shape that two have together, each size of 1 as often as the other asks for.
pub(super) fn broadcast(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let rank = a.len().max(b.len());
    let size = |shape: &[usize], place: usize| {
        let missing = rank - shape.len();
        place.checked_sub(missing).map_or(1, |place| shape[place])
    };
    (0..rank)
        .map(|place| match (size(a, place), size(b, place)) {
            (a, b) if a == b || b == 1 => Some(a),
            (1, b) => Some(b),
            _ => None,
        })
        .collect()
}

/// Where the number at `place` of a shape comes from in a tensor of shape `from` that was broadcast to it.
pub(super) fn place_in(from: &[usize], shape: &[usize], mut place: usize) -> usize {
    let missing = shape.len() - from.len();
    let (mut found, mut step) = (0, 1);
    for (axis, size) in shape.iter().enumerate().rev() {
        let along = place % size.max(&1);
        place /= size.max(&1);
        if let Some(axis) = axis.checked_sub(missing) {
            found += step * if from[axis] == 1 { 0 } else { along };
            step *= from[axis];
        }
    }
    found
}

/// An axis that may be counted from the end.
pub(super) fn axis(axis: i64, rank: usize) -> Option<usize> {
    let axis = if axis < 0 {
        axis.checked_add(i64::try_from(rank).ok()?)?
    } else {
        axis
    };
    usize::try_from(axis).ok().filter(|axis| *axis < rank)
}

pub(super) fn transposed(shape: &[usize], order: &[i64]) -> Option<Vec<usize>> {
    if order.len() != shape.len() {
        return None;
    }
    let sizes = order.iter();
    sizes
        .map(|place| shape.get(usize::try_from(*place).ok()?).copied())
        .collect()
}

/// Of a product of two matrices, or of as many as there are in front of them.
pub(super) fn product(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let (front_a, [rows, inner]) = a.split_last_chunk::<2>()?;
    let (front_b, [inner_b, columns]) = b.split_last_chunk::<2>()?;
    if inner != inner_b {
        return None;
    }
    let mut shape = broadcast(front_a, front_b)?;
    shape.extend([rows, columns]);
    Some(shape)
}

/// What a shape with a 0 for a size that stays and a -1 for what is left comes to.
pub(super) fn reshaped(from: &[usize], wanted: &[f64]) -> Option<Vec<usize>> {
    let all = super::count(from)?;
    let mut shape = Vec::with_capacity(wanted.len());
    let mut open = None;
    for (place, size) in wanted.iter().enumerate() {
        shape.push(match *size {
            -1.0 if open.is_none() => {
                open = Some(place);
                1
            }
            0.0 => *from.get(place)?,
            size if size > 0.0 => size as usize,
            _ => return None,
        });
    }
    let given = super::count(&shape)?;
    if let Some(place) = open {
        shape[place] = all.checked_div(given)?;
    }
    (super::count(&shape)? == all).then_some(shape)
}
