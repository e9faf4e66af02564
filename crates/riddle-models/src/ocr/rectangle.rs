//! Rectangles that lie at an angle.

/// A place in a picture, in pixels from its upper left corner.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Point {
    pub(super) x: f32,
    pub(super) y: f32,
}

/// A rectangle at an angle of at most 45 degrees.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Rectangle {
    pub(super) center: Point,
    /// Of length 1, along the side that is nearer to a row of pixels, to the right.
    pub(super) along: Point,
    /// Length of that side.
    pub(super) width: f32,
    pub(super) height: f32,
}

impl Point {
    fn dot(self, other: Self) -> f32 {
        self.x.mul_add(other.x, self.y * other.y)
    }

    /// A quarter turn clockwise, as the picture is seen.
    fn turned(self) -> Self {
        Self {
            x: -self.y,
            y: self.x,
        }
    }
}

impl Rectangle {
    /// The smallest one around these points; `None` where there are none.
    pub(super) fn around(points: &[Point]) -> Option<Self> {
        let hull = hull(points);
        let first = *hull.first()?;
        let next = hull.iter().skip(1).chain(&hull[..1]);
        let sides = hull.iter().zip(next).map(|(from, to)| Point {
            x: to.x - from.x,
            y: to.y - from.y,
        });
        let upright = Point { x: 1.0, y: 0.0 };
        let directions = std::iter::once(upright).chain(sides.filter_map(normalized));
        let around = |along: Point| Self::along(&hull, first, along);
        directions
            .map(around)
            .min_by(|a, b| (a.width * a.height).total_cmp(&(b.width * b.height)))
            .map(Self::upright)
    }

    fn along(hull: &[Point], origin: Point, along: Point) -> Self {
        let across = along.turned();
        let mut range = [f32::MAX, f32::MIN, f32::MAX, f32::MIN];
        for point in hull {
            let from = Point {
                x: point.x - origin.x,
                y: point.y - origin.y,
            };
            let (u, v) = (from.dot(along), from.dot(across));
            range = [
                range[0].min(u),
                range[1].max(u),
                range[2].min(v),
                range[3].max(v),
            ];
        }
        let [left, right, top, bottom] = range;
        let (u, v) = (left.midpoint(right), top.midpoint(bottom));
        Self {
            center: Point {
                x: origin.x + along.x * u + across.x * v,
                y: origin.y + along.y * u + across.y * v,
            },
            along,
            width: right - left,
            height: bottom - top,
        }
    }

    /// The same rectangle, seen so that its angle is at most 45 degrees.
    fn upright(self) -> Self {
        let mut seen = self;
        if seen.along.x.abs() < seen.along.y.abs() {
            seen.along = seen.along.turned();
            (seen.width, seen.height) = (seen.height, seen.width);
        }
        if seen.along.x < 0.0 {
            seen.along = seen.along.turned().turned();
        }
        seen
    }

    /// Larger by `margin` at each side.
    pub(super) fn grown(self, margin: f32) -> Self {
        Self {
            width: margin.mul_add(2.0, self.width),
            height: margin.mul_add(2.0, self.height),
            ..self
        }
    }

    /// In a picture that is larger by these factors.
    pub(super) fn scaled(self, x: f32, y: f32) -> Self {
        let along = Point {
            x: self.along.x * x,
            y: self.along.y * y,
        };
        let across = self.across();
        let across = Point {
            x: across.x * x,
            y: across.y * y,
        };
        Self {
            center: Point {
                x: self.center.x * x,
                y: self.center.y * y,
            },
            width: self.width * along.dot(along).sqrt(),
            height: self.height * across.dot(across).sqrt(),
            along: normalized(along).unwrap_or(self.along),
        }
    }

    /// As it lies where `direction`, of length 1, is that of the rows.
    pub(super) fn seen_along(self, direction: Point) -> Self {
        let down = direction.turned();
        let seen = |point: Point| Point {
            x: point.dot(direction),
            y: point.dot(down),
        };
        Self {
            center: seen(self.center),
            along: seen(self.along),
            ..self
        }
    }

    /// Of length 1, downwards.
    pub(super) fn across(&self) -> Point {
        self.along.turned()
    }

    pub(super) fn contains(&self, point: Point) -> bool {
        let from = Point {
            x: point.x - self.center.x,
            y: point.y - self.center.y,
        };
        from.dot(self.along).abs() * 2.0 <= self.width
            && from.dot(self.across()).abs() * 2.0 <= self.height
    }

    /// Half of the width and height of the upright rectangle around it.
    pub(super) fn reach(&self) -> (f32, f32) {
        let (along, across) = (self.along, self.across());
        (
            (along.x.abs() * self.width + across.x.abs() * self.height) / 2.0,
            (along.y.abs() * self.width + across.y.abs() * self.height) / 2.0,
        )
    }

    /// Whether it is so much higher than wide that its text runs downwards, or lies on its side.
    pub(super) fn is_tall(&self) -> bool {
        self.height >= self.width * 1.5
    }
}

fn normalized(vector: Point) -> Option<Point> {
    let length = vector.dot(vector).sqrt();
    (length > f32::EPSILON).then(|| Point {
        x: vector.x / length,
        y: vector.y / length,
    })
}

/// The corners of the convex hull, in order around it (Andrew's monotone chain).
fn hull(points: &[Point]) -> Vec<Point> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    sorted.dedup();
    if sorted.len() < 3 {
        return sorted;
    }
    let mut corners = chain(sorted.iter());
    corners.pop();
    let mut back = chain(sorted.iter().rev());
    back.pop();
    corners.append(&mut back);
    corners
}

fn chain<'a>(points: impl Iterator<Item = &'a Point>) -> Vec<Point> {
    let mut chain: Vec<Point> = Vec::new();
    for point in points {
        while let [.., before, last] = chain[..]
            && (last.x - before.x) * (point.y - before.y)
                <= (last.y - before.y) * (point.x - before.x)
        {
            chain.pop();
        }
        chain.push(*point);
    }
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corners(rectangle: &Rectangle) -> Vec<Point> {
        let (along, across) = (rectangle.along, rectangle.across());
        [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]
            .map(|(u, v)| Point {
                x: rectangle.center.x
                    + along.x * rectangle.width * u
                    + across.x * rectangle.height * v,
                y: rectangle.center.y
                    + along.y * rectangle.width * u
                    + across.y * rectangle.height * v,
            })
            .to_vec()
    }

    #[test]
    fn a_rectangle_is_found_again_from_its_corners_at_any_angle() {
        for degrees in [-44_i16, -10, 0, 3, 20, 44] {
            let angle = f32::from(degrees).to_radians();
            let rectangle = Rectangle {
                center: Point { x: 50.0, y: 80.0 },
                along: Point {
                    x: angle.cos(),
                    y: angle.sin(),
                },
                width: 60.0,
                height: 12.0,
            };
            let found = Rectangle::around(&corners(&rectangle)).expect("points");
            assert!((found.width - 60.0).abs() < 0.01, "{degrees}: {found:?}");
            assert!((found.height - 12.0).abs() < 0.01, "{degrees}: {found:?}");
            assert!(
                (found.along.y - rectangle.along.y).abs() < 0.01,
                "{degrees}: {found:?}"
            );
        }
    }

    #[test]
    fn few_points_have_a_rectangle_without_area() {
        assert_eq!(Rectangle::around(&[]), None);
        let point = Point { x: 3.0, y: 4.0 };
        let found = Rectangle::around(&[point, point]).expect("a point");
        assert_eq!((found.center, found.width, found.height), (point, 0.0, 0.0));
    }

    #[test]
    fn rows_of_a_slanted_page_are_level_along_its_slant() {
        let along = normalized(Point { x: 50.0, y: 1.0 }).expect("a direction");
        let line = |x: f32| Rectangle {
            center: Point {
                x: along.x * x,
                y: along.y * x,
            },
            along,
            width: 40.0,
            height: 10.0,
        };
        for x in [100.0, 900.0] {
            let seen = line(x).seen_along(along);
            assert!(seen.center.y.abs() < 0.01 && (seen.center.x - x).abs() < 0.01);
            assert!(seen.along.y.abs() < 1e-6, "{seen:?}");
        }
    }

    #[test]
    fn growing_and_scaling_keep_the_centre_in_place() {
        let rectangle = Rectangle {
            center: Point { x: 10.0, y: 20.0 },
            along: Point { x: 1.0, y: 0.0 },
            width: 8.0,
            height: 4.0,
        };
        let changed = rectangle.grown(1.0).scaled(2.0, 3.0);
        assert_eq!(changed.center, Point { x: 20.0, y: 60.0 });
        assert_eq!((changed.width, changed.height), (20.0, 18.0));
    }
}
