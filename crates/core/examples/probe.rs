#![allow(warnings, clippy::all)]
//! probe
use helmwright::{contract::Contract, source::Source, yaml};
fn main() {
    let mut args = std::env::args().skip(1);
    let c = std::fs::read_to_string(args.next().unwrap()).unwrap();
    let t = std::time::Instant::now();
    let contract = Contract::from_json(&c).unwrap();
    eprintln!("loaded in {:?}", t.elapsed());
    for f in args {
        let s = Source::new(f.clone(), std::fs::read_to_string(&f).unwrap());
        match yaml::read(&s) {
            Ok(n) => {
                let t = std::time::Instant::now();
                let found = contract.check(&n);
                let d = t.elapsed();
                println!("== {f}: {} findings {d:?}", found.len());
                for x in found { println!("  {:?} {}; {}", x.location().unwrap(), x.message, x.help.as_deref().unwrap()); }
            }
            Err(e) => println!("== {f}: not read: {}", e[0].message),
        }
    }
}
