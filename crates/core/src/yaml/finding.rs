//! What is said about a text that cannot be used, one function for each name.

use super::parser::Problem;
use super::read::{MAX_ALIAS_NODES, MAX_BYTES, MAX_DEPTH};
use super::scalar::ScalarError;
use crate::diagnostic::{Diagnostic, nearest};
use crate::source::Location;

pub(super) fn too_large(location: &Location, bytes: usize) -> Diagnostic {
    Diagnostic::error(
        "yaml/too-large",
        format!("the file has {bytes} bytes, more than {MAX_BYTES}"),
    )
    .at(location)
    .why("values of this size are not written by hand, and every later step would be slow")
    .help("split the file, or keep large data out of the values")
}

pub(super) fn too_deep(location: &Location) -> Diagnostic {
    Diagnostic::error(
        "yaml/too-deep",
        format!("lists and maps are nested more than {MAX_DEPTH} deep"),
    )
    .at(location)
    .why("values are a few levels deep; a text like this comes from a mistake or means harm")
    .help("flatten the data, or put the text in quotes")
}

pub(super) fn syntax(location: &Location, problem: Problem) -> Diagnostic {
    if problem.too_deep {
        return too_deep(location);
    }
    let diagnostic = Diagnostic::error("yaml/syntax", problem.message)
        .at(location)
        .help(problem.help);
    match problem.why {
        Some(why) => diagnostic.why(why),
        None => diagnostic,
    }
}

pub(super) fn key_without_space(location: &Location) -> Diagnostic {
    Diagnostic::error("yaml/syntax", "a key's `:` is not followed by a space")
        .at(location)
        .why("without the space the line is a text, and the key on the next line is part of it")
        .help("write a space after the `:`")
}

pub(super) fn tab(location: &Location) -> Diagnostic {
    Diagnostic::error("yaml/syntax", "a tab is used for indentation")
        .at(location)
        .why("YAML indents with spaces only, since tabs have no fixed width")
        .help("replace the tab by spaces")
}

pub(super) fn colon_without_space(location: &Location) -> Diagnostic {
    Diagnostic::error("yaml/syntax", "a `:` is not followed by a space")
        .at(location)
        .why("between brackets Helm takes such a `:` as part of the text, other readers as the end of a key")
        .help("write a space after the `:`, or put the text in quotes")
}

pub(super) fn question_mark(location: &Location) -> Diagnostic {
    Diagnostic::error(
        "yaml/syntax",
        "an unquoted text between brackets starts or ends with `?`",
    )
    .at(location)
    .why("between brackets Helm takes such a `?` as the sign of a key, other readers as text")
    .help("put the text in quotes")
}

pub(super) fn anchor_name(location: &Location) -> Diagnostic {
    Diagnostic::error(
        "yaml/anchor-name",
        format!("`{}` is no name for an anchor", location.text()),
    )
    .at(location)
    .why("Helm allows letters, digits, `_` and `-` in it")
    .help("rename the anchor, or put a text that starts with `&` or `*` in quotes")
}

pub(super) fn version(location: &Location, (major, minor): (u32, u32)) -> Diagnostic {
    Diagnostic::error(
        "yaml/version",
        format!("the file asks for YAML {major}.{minor}"),
    )
    .at(location)
    .why("Helm reads YAML 1.1 and refuses a file that names another version")
    .help("remove the `%YAML` line")
}

pub(super) fn second_document(location: &Location) -> Diagnostic {
    Diagnostic::error("yaml/second-document", "a second document starts here")
        .at(location)
        .why("Helm 3 reads only the first document of a values file and drops the rest in silence; Helm 4 merges them")
        .help("remove the `---`, or move this part to a file of its own")
}

pub(super) fn recursive_alias(location: &Location) -> Diagnostic {
    Diagnostic::error(
        "yaml/recursive-alias",
        format!("`{}` stands for a value that contains it", location.text()),
    )
    .at(location)
    .why("the value would have no end")
    .help("write the value out, or anchor a smaller part")
}

pub(super) fn alias_bomb(location: &Location) -> Diagnostic {
    Diagnostic::error(
        "yaml/alias-bomb",
        format!("anchors and aliases make more than {MAX_ALIAS_NODES} values"),
    )
    .at(location)
    .why("each alias stands for all that its anchor holds; aliases of aliases grow without bounds")
    .help("write the values out where they are needed")
}

pub(super) fn unknown_anchor(location: &Location, name: &str, known: &[String]) -> Diagnostic {
    // The latest ones will do; comparing with very many would take long.
    let latest = known.iter().rev().take(200);
    let near = nearest(name, latest.map(String::as_str));
    Diagnostic::error(
        "yaml/unknown-anchor",
        format!("there is no anchor `&{name}` before this"),
    )
    .at(location)
    .why("an alias `*name` repeats the value marked with `&name` further up in the same file")
    .help(match near {
        Some(near) => format!("did you mean `*{near}`?"),
        None => "mark a value with the anchor first, or put a text that starts with `*` in quotes"
            .to_owned(),
    })
}

pub(super) fn duplicate_key(again: &Location, first: &Location, name: &str) -> Diagnostic {
    let written = again.text();
    let message = if written.trim_matches(['"', '\'']) == name {
        format!("the key `{name}` is there twice")
    } else {
        format!("the key `{name}` is there twice, here written `{written}`")
    };
    Diagnostic::error("yaml/duplicate-key", message)
        .label(again, "again here")
        .label(first, "first here")
        .why("Helm takes the last one in silence; other readers take the first or refuse the file")
        .help("remove one of the two, or join their values under one key")
}

pub(super) fn key_is_collection(location: &Location) -> Diagnostic {
    let template = location.text().starts_with('{');
    Diagnostic::error("yaml/complex-key", "a list or map is used as a key")
        .at(location)
        .why("keys of values are names")
        .help(if template {
            "put a template such as `{{ name }}` in quotes"
        } else {
            "use a text as key; put it in quotes if it starts with a bracket"
        })
}

pub(super) fn key_is_null(location: &Location) -> Diagnostic {
    Diagnostic::error("yaml/null-key", "a key is empty")
        .at(location)
        .why("Helm reads nothing, `~` and `null` as no value, and no value cannot be a key")
        .help("name the key, or put it in quotes")
}

pub(super) fn key_is_too_large(location: &Location) -> Diagnostic {
    Diagnostic::error(
        "yaml/complex-key",
        format!("the number `{}` is too large for a key", location.text()),
    )
    .at(location)
    .why("Helm reads it as a number above 2^63 - 1, which it cannot use as a name")
    .help("put the key in quotes")
}

pub(super) fn merge_order(sign: &Location, key: &Location, name: &str) -> Diagnostic {
    Diagnostic::error(
        "yaml/merge-order",
        format!("`<<` comes after the key `{name}`, which it also sets"),
    )
    .label(sign, "merged here")
    .label(key, "set here")
    .why("Helm lets the merged value win when `<<` comes later; other readers always prefer the key itself")
    .help("move the `<<` line above all keys of its map")
}

pub(super) fn merge_value(location: &Location) -> Diagnostic {
    Diagnostic::error(
        "yaml/merge-value",
        "`<<` is followed by something that is not a map",
    )
    .at(location)
    .why("`<<` adds the keys of another map, or of several in a list")
    .help("give an alias of a map, such as `<<: *defaults`")
}

pub(super) fn scalar(location: &Location, error: &ScalarError, text: &str) -> Diagnostic {
    match error {
        ScalarError::TagMismatch(tag) => Diagnostic::error(
            "yaml/tag-mismatch",
            format!("`{text}` is not what its tag `{tag}` says"),
        )
        .at(location)
        .why("Helm refuses a value that does not fit its tag")
        .help("remove the tag, or change the value"),
        ScalarError::NotFinite => Diagnostic::error(
            "yaml/not-finite",
            format!("`{text}` is not a finite number"),
        )
        .at(location)
        .why("Helm turns values into JSON, which has neither infinity nor \"not a number\"")
        .help("write a number, or put the text in quotes"),
        ScalarError::Unsupported(tag) => Diagnostic::error(
            "yaml/tag-mismatch",
            format!("the tag `{tag}` is not supported"),
        )
        .at(location)
        .why("no chart's values use it, and readers differ in what they make of it")
        .help("write the data as text"),
    }
}
