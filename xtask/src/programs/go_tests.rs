//! Tests of reading Go types.

use super::*;

const FILE: &str = r#"
package demo

import (
	"time"
	other "example.org/some/pkg/v2"
)

/* A comment, type Hidden struct {} */
type (
	Plain  struct{ A, B int `yaml:"a"` }
	Config struct {
		*Plain         `yaml:",inline"`
		Wait  time.Duration `yaml:"wait,omitempty" doc:"{not} a brace"`
		Many  map[string][]*other.Thing
		Cache Box[string, []byte]
		Embedded[K, V]
		call  func(a int) (string, error)
		inner struct {
			X bool // a comment
		}
	}
)

type Box[K comparable, V any] struct{ Key K }

func (c *Config) UnmarshalYAML(unmarshal func(interface{}) error) error {
	type plain Config
	return unmarshal((*plain)(c))
}

func (b *Box[K, V]) UnmarshalYAML(unmarshal func(interface{}) error) error {
	var text string
	return unmarshal(&text)
}

func (p Plain) UnmarshalYAML(value *yaml.Node) error { return nil }

var ignored = map[string]func(){"type Not struct {}": func() {}}
"#;

#[test]
fn reads_what_a_file_declares() {
    let mut declared = Declared::default();
    declared.add(FILE).unwrap();
    let names: Vec<_> = declared.types.keys().map(String::as_str).collect();
    assert_eq!(names, ["Box", "Config", "Plain"]);
    assert_eq!(declared.types["Box"].parameters, ["K", "V"]);
    let Type::Struct(fields) = &declared.types["Config"].of else {
        unreachable!("a struct was written")
    };
    let names: Vec<_> = fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "Plain", "Wait", "Many", "Cache", "Embedded", "call", "inner"
        ]
    );
    assert_eq!(fields[0].tag, "yaml:\",inline\"");
    assert_eq!(
        fields[1].tag,
        "yaml:\"wait,omitempty\" doc:\"{not} a brace\""
    );
    let imports = &declared.types["Config"].imports;
    assert_eq!(imports["other"], "example.org/some/pkg/v2");
    assert_eq!(imports["time"], "time");
    let Type::Struct(plain) = &declared.types["Plain"].of else {
        unreachable!("a struct was written")
    };
    assert_eq!(plain.len(), 2);
    assert_eq!(declared.readers["Config"], Reader::Plain);
    assert_eq!(declared.readers["Box"], Reader::Text);
    assert_eq!(declared.readers["Plain"], Reader::Own);
}

#[test]
fn packages_have_the_name_of_their_path() {
    assert_eq!(package_of("github.com/grafana/loki/v3"), "loki");
    assert_eq!(package_of("gopkg.in/yaml.v3"), "yaml");
    assert_eq!(package_of("github.com/go-kit/log"), "log");
}
