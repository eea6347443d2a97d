//! A symbolic link is put in the way at each step, after everything was looked at: nothing outside is touched.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::halt::Halted;
use super::{Case, SMALL, SMALL_LATER, fs, read};

#[test]
fn a_folder_of_an_environment() {
    swapped_at_each_step("dev");
}

#[test]
fn a_folder_of_a_component() {
    swapped_at_each_step("dev/traefik");
}

#[test]
fn a_folder_whose_file_is_stale() {
    swapped_at_each_step("test/traefik");
}

#[test]
fn a_file() {
    swapped_at_each_step("dev/traefik/values.yaml");
}

#[test]
fn a_file_that_is_being_written() {
    swapped_at_each_step("dev/traefik/.values.yaml.helmwright-new");
}

#[test]
fn the_record() {
    swapped_at_each_step(".helmwright.json");
    swapped_at_each_step(".helmwright.json.next");
    swapped_at_each_step(".helmwright.json.next.helmwright-new");
}

fn swapped_at_each_step(path: &str) {
    // A file is new in it, one changes, and one goes.
    let case = Case::update(&SMALL, &SMALL_LATER);
    case.at_each_step(|number, out| {
        let outside = out.with_extension("outside");
        // Whatever the link stands for, there is something like it outside.
        for folder in ["dev/traefik", "test/traefik", "traefik"] {
            fs::create_dir_all(outside.join(folder)).unwrap();
            fs::write(outside.join(folder).join("values.yaml"), "theirs\n").unwrap();
        }
        fs::write(outside.join("values.yaml"), "theirs\n").unwrap();
        let before = read(&outside);

        let halted = Halted::before(&case, out, number);
        let kept = swap(&out.join(path), &outside);
        let (code, words) = halted.resume();
        assert_eq!(read(&outside), before, "{path}, step {number}: {words}");
        assert!(matches!(code, Some(0 | 2)), "{words}");

        // The link is taken away again, unless the run has done that.
        let link = out.join(path);
        if link.is_symlink() {
            fs::remove_file(&link).unwrap();
            if let Some(kept) = &kept {
                fs::rename(kept, &link).unwrap();
            }
        }
        if let Some(kept) = kept.filter(|kept| kept.exists()) {
            fs::remove_file(kept).unwrap();
        }
        // The link kept the folder around it from going when all else in it went.
        for folder in ["test/traefik", "test"] {
            let _ = fs::remove_dir(out.join(folder));
        }
        case.is_repaired(out);
        fs::remove_dir_all(&outside).unwrap();
    });
}

/// Puts a link in the place of what is there; returns where that is now.
///
/// Texts that replace files are written on several threads, of which one stands still: the link is renamed into place,
/// so that it gets there whatever the others make meanwhile.
fn swap(path: &Path, outside: &Path) -> Option<PathBuf> {
    let kept = outside.with_extension("aside");
    let is_folder = path.extension().is_none();
    let was_there = if is_folder {
        fs::rename(path, &kept).is_ok()
    } else {
        fs::hard_link(path, &kept).is_ok()
    };
    if path.parent().is_some_and(Path::is_dir) {
        if is_folder {
            symlink(outside, path).unwrap();
        } else {
            let link = outside.with_extension("link");
            symlink(outside.join("values.yaml"), &link).unwrap();
            fs::rename(&link, path).unwrap();
        }
    }
    was_there.then_some(kept)
}
