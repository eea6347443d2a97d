//! scratch
use helmwright::diagnostic::Diagnostic;
use helmwright::environment::Layers;
use helmwright::source::Source;
use std::sync::Arc;
struct Disk;
impl Layers for Disk {
    fn load(&self, name: &str) -> Result<Option<Arc<Source>>, Diagnostic> {
        Ok(std::fs::read_to_string(name)
            .ok()
            .map(|t| Source::new(name, t)))
    }
}
fn main() {
    let files: Vec<_> = std::env::args()
        .skip(1)
        .map(|f| {
            let t = std::fs::read_to_string(&f).unwrap();
            Source::new(f, t)
        })
        .collect();
    let b = helmwright::build(&helmwright::Request {
        files,
        layers: &Disk,
        catalog: helmwright::Catalog::bundled(),
        layout: "{env}/{component}/values.yaml",
        select: vec![],
    });
    match b {
        Err(e) => println!("ERR {e}"),
        Ok(b) => {
            for d in &b.diagnostics {
                println!(
                    "{:?} {} {} at {:?} why {:?} help {:?} env {:?}",
                    d.severity,
                    d.id,
                    d.message,
                    d.labels.iter().map(|l| &l.location).collect::<Vec<_>>(),
                    d.why,
                    d.help,
                    d.environments
                );
            }
            if let Some(p) = b.plan {
                for f in p.files {
                    if !f.path.starts_with(".schemas") {
                        println!("=== {}\n{}", f.path, f.text);
                    }
                }
            }
        }
    }
}
