//! What fields may be whose types say no more than that they are JSON.

use riddle_core::{
    MAX_FILTER_CONDITIONS, MAX_FILTER_KEY_CHARS, MAX_FILTER_TEXT_CHARS, MAX_FILTER_VALUES,
    MAX_METADATA_CHARS, MAX_METADATA_KEY_CHARS, MAX_METADATA_KEYS, MAX_METADATA_LIST,
};
use riddle_engine::bounds::{MAX_INFERENCE_CHARS, MAX_MESSAGE_CHARS};
use serde_json::{Value, json};
use utoipa::Number;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::schema::{
    AdditionalProperties, AllOfBuilder, AnyOfBuilder, ArrayBuilder, Object, OneOfBuilder,
    SchemaType, Type,
};
use utoipa::openapi::{ObjectBuilder, Ref, RefOr, Schema};

use crate::bounds::{
    MAX_DOCUMENT_FIELDS, MAX_HINT_CHARS, MAX_MESSAGE_PARTS, MAX_STOP_CHARS, MAX_STOP_STRINGS,
};

/// Whether a value of this type may be a text.
pub(super) fn may_be_text(object: &Object) -> bool {
    match &object.schema_type {
        SchemaType::Type(kind) => *kind == Type::String,
        SchemaType::Array(kinds) => kinds.contains(&Type::String),
        SchemaType::AnyValue => false,
    }
}

/// Conditions on metadata.
pub(super) fn filter() -> Schema {
    let scalars = ArrayBuilder::new()
        .items(scalar(MAX_FILTER_TEXT_CHARS))
        .min_items(Some(1))
        .max_items(Some(MAX_FILTER_VALUES));
    let bounds = ["gt", "gte", "lt", "lte"].into_iter();
    let range = bounds
        .fold(object(Type::Object), |range, name| {
            range.property(name, number())
        })
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
        .min_properties(Some(1));
    let condition = AnyOfBuilder::new()
        .item(scalar(MAX_FILTER_TEXT_CHARS))
        .item(scalars)
        .item(range);
    let key = object(Type::String).max_length(Some(MAX_FILTER_KEY_CHARS));
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
        .property_names(Some(Schema::from(key)))
        .additional_properties(Some(Schema::from(condition)))
        .max_properties(Some(MAX_FILTER_CONDITIONS))
        .into()
}

/// Metadata of a document.
pub(super) fn metadata() -> Schema {
    let text = object(Type::String).max_length(Some(MAX_METADATA_CHARS));
    let texts = ArrayBuilder::new()
        .items(text)
        .max_items(Some(MAX_METADATA_LIST));
    let value = AnyOfBuilder::new()
        .item(scalar(MAX_METADATA_CHARS))
        .item(texts);
    let key = object(Type::String)
        .min_length(Some(1))
        .max_length(Some(MAX_METADATA_KEY_CHARS));
    object(Type::Object)
        .property_names(Some(Schema::from(key)))
        .additional_properties(Some(Schema::from(value)))
        .max_properties(Some(MAX_METADATA_KEYS))
        .into()
}

/// A text to score, or an object that has it.
pub(super) fn document() -> Schema {
    let fields = object(Type::Object)
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true)))
        .max_properties(Some(MAX_DOCUMENT_FIELDS));
    AnyOfBuilder::new()
        .item(object(Type::String).max_length(Some(MAX_INFERENCE_CHARS)))
        .item(fields)
        .into()
}

/// What a message says.
pub(super) fn content() -> Schema {
    let text = || object(Type::String).max_length(Some(MAX_MESSAGE_CHARS));
    let part = object(Type::Object)
        .property(
            "type",
            object(Type::String).max_length(Some(MAX_HINT_CHARS)),
        )
        .property("text", text());
    let parts = ArrayBuilder::new()
        .items(RefOr::T(Schema::from(part)))
        .max_items(Some(MAX_MESSAGE_PARTS));
    AnyOfBuilder::new()
        .item(text())
        .item(parts)
        .item(object(Type::Null))
        .into()
}

/// What ends an answer.
pub(super) fn stop() -> Schema {
    let text = || object(Type::String).max_length(Some(MAX_STOP_CHARS));
    let texts = ArrayBuilder::new()
        .items(text())
        .max_items(Some(MAX_STOP_STRINGS));
    AnyOfBuilder::new()
        .item(text())
        .item(texts)
        .item(object(Type::Null))
        .into()
}

/// The format of an answer: plain text.
pub(super) fn format() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
        .property("type", object(Type::String).enum_values(Some(["text"])))
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
        .into()
}

/// How the variant with rerank of a comparison does it: that it reranks is said.
pub(super) fn rerank_of_comparison() -> Schema {
    let how = AllOfBuilder::new()
        .item(Ref::from_schema_name("RerankBody"))
        .item(object(Type::Object).property("enabled", object(Type::Null)));
    OneOfBuilder::new()
        .item(how)
        .item(object(Type::Null))
        .into()
}

/// Says that an object has no fields but its own.
pub(super) fn close(object: &mut Object) {
    let none = AdditionalProperties::<Schema>::FreeForm(false);
    object.additional_properties = Some(Box::new(none));
}

pub(super) fn text_or_null() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .into()
}

/// Says that an object has one of these fields at least, and not as null.
pub(super) fn require_one(object: &mut Object, names: &[&str]) {
    let fields = names
        .iter()
        .filter_map(|name| Some((*name, object.properties.get(*name)?)));
    let choices: Vec<Value> = fields
        .map(|(name, field)| {
            json!({"type": "object", "properties": {name: given(field)}, "required": [name]})
        })
        .collect();
    let extensions = object.extensions.get_or_insert_with(Extensions::default);
    extensions.insert("anyOf".to_owned(), choices.into());
}

/// A field that is not null, without what is said of it elsewhere.
fn given(field: &RefOr<Schema>) -> Value {
    let mut field = json!(field);
    if let Some(field) = field.as_object_mut() {
        field.remove("description");
        if let Some(Value::Array(kinds)) = field.get_mut("type") {
            kinds.retain(|kind| kind != "null");
        }
    }
    field
}

fn scalar(most: usize) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([
            Type::String,
            Type::Number,
            Type::Boolean,
        ]))
        .max_length(Some(most))
        .minimum(Some(Number::Float(f64::MIN)))
        .maximum(Some(Number::Float(f64::MAX)))
}

fn number() -> ObjectBuilder {
    object(Type::Number)
        .minimum(Some(Number::Float(f64::MIN)))
        .maximum(Some(Number::Float(f64::MAX)))
}

fn object(kind: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(kind)
}
