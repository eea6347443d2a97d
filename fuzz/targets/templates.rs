//! Reads arbitrary texts as the files of a chart, and builds its contract.
//!
//! The input is one text; a line `--- PATH` begins a file. What comes before the first one is a template.

#![no_main]

use std::time::{Duration, Instant};

use helmwright::chart::Chart;
use helmwright::contract::Contract;
use libfuzzer_sys::{Corpus, fuzz_target};

/// No input takes longer, however small the machine.
const LONGEST: Duration = Duration::from_secs(10);

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else {
        return Corpus::Reject;
    };
    let mut files: Vec<(String, String)> = vec![("templates/input.yaml".into(), String::new())];
    for line in text.split_inclusive('\n') {
        if let Some(path) = line.strip_prefix("--- ") {
            files.push((path.trim_end().to_owned(), String::new()));
        } else if let Some((_, file)) = files.last_mut() {
            file.push_str(line);
        }
    }
    for (path, text) in [
        ("Chart.yaml", "name: demo\nversion: 1.0.0\n"),
        ("values.yaml", "a: 1\nb: {c: [d], e: 'x{{ .Values.a }}'}\n"),
    ] {
        if !files.iter().any(|(known, _)| known == path) {
            files.push((path.into(), text.into()));
        }
    }
    let begin = Instant::now();
    // A thread has a smaller stack than the program itself.
    let built = std::thread::Builder::new()
        .stack_size(2 * 1024 * 1024)
        .spawn(move || {
            let chart = Chart::from_files(files).ok()?;
            let built = Contract::build(&chart).ok()?;
            let text = built.to_json_with_reads();
            Contract::from_json(&text).expect("a contract that was written is read");
            Some(())
        })
        .expect("a thread starts")
        .join();
    assert!(built.is_ok(), "the reader panicked");
    assert!(begin.elapsed() < LONGEST, "{:?}", begin.elapsed());
    Corpus::Keep
});
