//! Reads schemas from JSON text in one pass, without a tree of JSON values in between.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;

use super::schema::{Additional, Literal, Schema, Types};

/// The keywords we know; all others are read over.
#[derive(serde::Deserialize)]
#[serde(field_identifier)]
enum Keyword {
    #[serde(rename = "type")]
    Type,
    #[serde(rename = "properties")]
    Properties,
    #[serde(rename = "additionalProperties")]
    AdditionalProperties,
    #[serde(rename = "patternProperties")]
    PatternProperties,
    #[serde(rename = "items")]
    Items,
    #[serde(rename = "required", alias = "x-required")]
    Required,
    #[serde(rename = "enum")]
    Enum,
    #[serde(rename = "const")]
    Const,
    #[serde(rename = "minimum")]
    Minimum,
    #[serde(rename = "maximum")]
    Maximum,
    #[serde(rename = "minLength")]
    MinLength,
    #[serde(rename = "pattern")]
    Pattern,
    #[serde(rename = "format")]
    Format,
    #[serde(rename = "anyOf")]
    AnyOf,
    #[serde(rename = "oneOf")]
    OneOf,
    #[serde(rename = "allOf")]
    AllOf,
    #[serde(rename = "not")]
    Not,
    #[serde(rename = "$ref")]
    Reference,
    #[serde(rename = "definitions", alias = "$defs")]
    Definitions,
    #[serde(rename = "default", alias = "x-default")]
    Default,
    #[serde(rename = "title")]
    Title,
    #[serde(rename = "description", alias = "x-description")]
    Description,
    #[serde(rename = "x-template")]
    Template,
    #[serde(rename = "x-open")]
    Open,
    #[serde(rename = "x-dead")]
    Dead,
    #[serde(other)]
    Other,
}

impl<'de> Deserialize<'de> for Schema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SchemaVisitor)
    }
}

struct SchemaVisitor;

impl<'de> Visitor<'de> for SchemaVisitor {
    type Value = Schema;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON Schema: an object, `true` or `false`")
    }

    fn visit_bool<E>(self, admits: bool) -> Result<Schema, E> {
        Ok(if admits {
            Schema::default()
        } else {
            Schema::never()
        })
    }

    // `items` as a list describes tuples, which nothing we read needs: anything goes.
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Schema, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Schema::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Schema, A::Error> {
        let mut schema = Schema::default();
        while let Some(keyword) = map.next_key::<Keyword>()? {
            match keyword {
                Keyword::Type => schema.types = map.next_value()?,
                Keyword::Properties => schema.properties = map.next_value::<Pairs>()?.0,
                Keyword::AdditionalProperties => schema.additional = map.next_value()?,
                Keyword::PatternProperties => {
                    schema.rare_mut().pattern_properties = map.next_value::<Pairs>()?.0
                }
                Keyword::Items => schema.items = Some(map.next_value()?),
                Keyword::Required => schema.rare_mut().required = map.next_value()?,
                Keyword::Enum => schema.rare_mut().allowed = Some(map.next_value()?),
                Keyword::Const => schema.rare_mut().constant = Some(map.next_value()?),
                Keyword::Minimum => schema.rare_mut().minimum = Some(map.next_value()?),
                Keyword::Maximum => schema.rare_mut().maximum = Some(map.next_value()?),
                Keyword::MinLength => schema.rare_mut().min_length = Some(map.next_value()?),
                Keyword::Pattern => schema.rare_mut().pattern = Some(map.next_value()?),
                Keyword::Format => schema.format = Some(map.next_value()?),
                Keyword::AnyOf => schema.rare_mut().any_of = map.next_value()?,
                Keyword::OneOf => schema.rare_mut().one_of = map.next_value()?,
                Keyword::AllOf => schema.rare_mut().all_of = map.next_value()?,
                Keyword::Not => schema.rare_mut().not = Some(map.next_value()?),
                Keyword::Reference => {
                    let reference: Box<str> = map.next_value()?;
                    // One name for one thing, whichever of the two the text has.
                    schema.rare_mut().reference = Some(match reference.strip_prefix("#/$defs/") {
                        Some(name) => format!("#/definitions/{name}").into(),
                        None => reference,
                    });
                }
                Keyword::Definitions => {
                    schema.rare_mut().definitions = map.next_value::<Pairs>()?.0
                }
                Keyword::Default => schema.default = Some(map.next_value()?),
                Keyword::Title => schema.rare_mut().title = Some(map.next_value()?),
                Keyword::Description => schema.rare_mut().description = Some(map.next_value()?),
                Keyword::Template => schema.template = map.next_value()?,
                Keyword::Open => schema.rare_mut().open = Some(map.next_value()?),
                Keyword::Dead => schema.rare_mut().dead = Some(map.next_value()?),
                Keyword::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(schema)
    }
}

/// Named schemas in the order of the text.
struct Pairs(Vec<(Box<str>, Schema)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;
        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object of schemas")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(PairsVisitor)
    }
}

impl<'de> Deserialize<'de> for Additional {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let schema = Schema::deserialize(deserializer)?;
        Ok(if schema == Schema::default() {
            Self::Any
        } else if schema
            .rare()
            .is_some_and(|rare| rare.not.as_deref() == Some(&Schema::default()))
        {
            Self::Refused
        } else {
            Self::Schema(Box::new(schema))
        })
    }
}

impl<'de> Deserialize<'de> for Types {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TypesVisitor;
        impl<'de> Visitor<'de> for TypesVisitor {
            type Value = Types;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON type or a list of them")
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Types, E> {
                Types::named(name)
                    .ok_or_else(|| E::custom(format_args!("`{name}` is no JSON type")))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<Types, A::Error> {
                let mut types = Types::default();
                while let Some(one) = names.next_element::<Types>()? {
                    types = types.with(one);
                }
                Ok(types)
            }
        }
        deserializer.deserialize_any(TypesVisitor)
    }
}

impl<'de> Deserialize<'de> for Literal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LiteralVisitor;
        impl<'de> Visitor<'de> for LiteralVisitor {
            type Value = Literal;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON value")
            }

            fn visit_unit<E>(self) -> Result<Literal, E> {
                Ok(Literal::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Literal, E> {
                Ok(Literal::Bool(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Literal, E> {
                Ok(Literal::Integer(value))
            }

            #[expect(
                clippy::cast_precision_loss,
                reason = "JSON readers take larger whole numbers as floats"
            )]
            fn visit_u64<E>(self, value: u64) -> Result<Literal, E> {
                Ok(i64::try_from(value).map_or(Literal::Float(value as f64), Literal::Integer))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Literal, E> {
                Ok(Literal::Float(value))
            }

            fn visit_str<E>(self, value: &str) -> Result<Literal, E> {
                Ok(Literal::Text(value.into()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Literal, A::Error> {
                Json::deserialize(serde::de::value::SeqAccessDeserializer::new(items))
                    .map(|value| Literal::Other(Box::new(value)))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Literal, A::Error> {
                Json::deserialize(serde::de::value::MapAccessDeserializer::new(map))
                    .map(|value| Literal::Other(Box::new(value)))
            }
        }
        deserializer.deserialize_any(LiteralVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_over_what_it_does_not_know() {
        let schema: Schema = serde_json::from_str(
            r##"{"$id": 1, "type": ["object", "null"], "x-other": {"a": []}, "items": [{}, {}],
                "properties": {"b": true, "a": {"$ref": "#/definitions/c"}}, "additionalProperties": false,
                "definitions": {"c": {"enum": ["x", 1, null, {"k": [1]}]}}}"##,
        )
        .unwrap();
        assert!(schema.types.holds(Types::NULL));
        assert_eq!(schema.additional, Additional::Refused);
        let names: Vec<_> = schema.properties.iter().map(|(name, _)| &**name).collect();
        assert_eq!(names, ["b", "a"]);
        let allowed = schema
            .property("a", &schema)
            .unwrap()
            .resolve(&schema)
            .rare()
            .unwrap()
            .allowed
            .as_ref()
            .unwrap();
        assert_eq!(allowed.len(), 4);
    }

    #[test]
    fn says_what_is_no_schema() {
        assert!(serde_json::from_str::<Schema>("3").is_err());
        assert!(serde_json::from_str::<Schema>(r#"{"type": "strnig"}"#).is_err());
    }
}
