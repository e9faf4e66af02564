//! The bounds of requests, listed where they are described. Attributes of the types take no constants, and what is
//! described must be what is checked.

mod bodies;
mod fields;
mod parameters;
mod shapes;
#[cfg(test)]
mod tests;

use serde_json::Value;
use utoipa::Number;
use utoipa::openapi::schema::{Array, ArrayItems, KnownFormat, Object, SchemaFormat};
use utoipa::openapi::{OpenApi, RefOr, Schema};

/// A bound of a field, or of all that it may be.
enum Bound {
    /// Most characters of its texts.
    Chars(usize),
    /// Fewest and most characters.
    Text(usize, usize),
    /// Most entries of a list.
    Items(usize),
    /// Fewest and most entries.
    List(usize, usize),
    /// No entry twice.
    Distinct,
    /// One of these fields at least, and not as null.
    OneOf(&'static [&'static str]),
    /// No fields but its own, or but those of one of its choices.
    Closed,
    /// Least and greatest number.
    Range(f64, f64),
    /// What its texts look like, and their most characters.
    Pattern(&'static str, usize),
    /// All values that there are.
    Only(Vec<Value>),
    /// What it may be.
    Shape(Box<Schema>),
}

/// Lists all of them.
pub(super) fn list(document: &mut OpenApi) {
    fields::bound(document);
    parameters::bound(document);
    bodies::bound(document);
    let Some(components) = &mut document.components else {
        return;
    };
    for schema in components.schemas.values_mut() {
        each(schema, &mut bound_by_type);
    }
}

/// Calls `change` on the lists that a field may be, not on lists within them.
fn lists(field: &mut RefOr<Schema>, change: &mut impl FnMut(&mut Array)) {
    match field {
        RefOr::T(Schema::Array(list)) => change(list),
        RefOr::T(Schema::OneOf(choice)) => {
            choice.items.iter_mut().for_each(|item| lists(item, change))
        }
        _ => {}
    }
}

/// A number that is read as one of 32 bits has their bound, unless it has a closer one; a list of fixed places has
/// them all.
fn bound_by_type(schema: &mut Schema) {
    let object = match schema {
        Schema::Object(object) => object,
        Schema::Array(list) if !list.prefix_items.is_empty() => {
            list.min_items = Some(list.prefix_items.len());
            return;
        }
        _ => return,
    };
    let is_32_bits = object.format == Some(SchemaFormat::KnownFormat(KnownFormat::Int32));
    let is_unsigned = object.minimum.is_some();
    if is_32_bits && is_unsigned && object.maximum.is_none() {
        object.maximum = Some(Number::UInt(u32::MAX as usize));
    }
}

/// Calls `change` on a schema and on all that are written in it.
fn each(schema: &mut RefOr<Schema>, change: &mut impl FnMut(&mut Schema)) {
    let RefOr::T(schema) = schema else {
        return;
    };
    change(schema);
    match schema {
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                each(items, change);
            }
            for item in &mut array.prefix_items {
                change(item);
            }
        }
        Schema::Object(object) => {
            for property in object.properties.values_mut() {
                each(property, change);
            }
        }
        Schema::OneOf(choice) => choice.items.iter_mut().for_each(|item| each(item, change)),
        Schema::AnyOf(choice) => choice.items.iter_mut().for_each(|item| each(item, change)),
        Schema::AllOf(all) => all.items.iter_mut().for_each(|item| each(item, change)),
        _ => {}
    }
}

impl Bound {
    /// Bounds a field.
    fn apply(&self, field: &mut RefOr<Schema>) {
        if let Self::Shape(shape) = self {
            let described = description(field);
            let mut shape = shape.as_ref().clone();
            describe(&mut shape, described);
            *field = RefOr::T(shape);
            return;
        }
        match self {
            Self::Items(most) => lists(field, &mut |list| list.max_items = Some(*most)),
            Self::List(least, most) => lists(field, &mut |list| {
                (list.min_items, list.max_items) = (Some(*least), Some(*most));
            }),
            Self::Distinct => lists(field, &mut |list| list.unique_items = true),
            Self::OneOf(names) => {
                if let RefOr::T(Schema::Object(object)) = field {
                    shapes::require_one(object, names);
                }
            }
            Self::Closed => match field {
                RefOr::T(Schema::Object(object)) => shapes::close(object),
                RefOr::T(Schema::OneOf(choice)) => {
                    choice.items.iter_mut().for_each(|item| self.apply(item));
                }
                _ => {}
            },
            _ => each(field, &mut |schema| {
                if let Schema::Object(object) = schema {
                    self.apply_to(object);
                }
            }),
        }
    }

    fn apply_to(&self, object: &mut Object) {
        let is_text = object.format.is_none() && shapes::may_be_text(object);
        match self {
            Self::Chars(most) if is_text => object.max_length = Some(*most),
            Self::Text(least, most) if is_text => {
                (object.min_length, object.max_length) = (Some(*least), Some(*most));
            }
            Self::Pattern(pattern, most) if is_text => {
                object.pattern = Some((*pattern).to_owned());
                object.max_length = Some(*most);
            }
            Self::Range(least, most) => {
                object.minimum = Some(Number::Float(*least));
                object.maximum = Some(Number::Float(*most));
            }
            Self::Only(values) => object.enum_values = Some(values.clone()),
            _ => {}
        }
    }
}

fn description(field: &RefOr<Schema>) -> Option<String> {
    match field {
        RefOr::T(Schema::Object(object)) => object.description.clone(),
        RefOr::T(Schema::OneOf(choice)) => {
            let own = choice.description.clone();
            own.or_else(|| choice.items.iter().find_map(description_of_type))
        }
        _ => None,
    }
}

/// What is said where a field only names its type.
fn description_of_type(field: &RefOr<Schema>) -> Option<String> {
    match field {
        RefOr::Ref(named) => Some(named.description.clone()).filter(|text| !text.is_empty()),
        RefOr::T(_) => None,
    }
}

fn describe(schema: &mut Schema, description: Option<String>) {
    match schema {
        Schema::Object(object) => object.description = description,
        Schema::OneOf(choice) => choice.description = description,
        Schema::AnyOf(choice) => choice.description = description,
        _ => {}
    }
}
