//! Writes the page that reads dumps in the browser: `page PROGRAM.wasm EXAMPLE.yaml > index.html`.

use std::error::Error;
use std::io::Write;
use std::{env, fs, io};

use daemonset_report::page;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(program), Some(example)) = (arguments.next(), arguments.next()) else {
        return Err("expected the program and an example".into());
    };
    let html = page::with_program(&fs::read(program)?, &fs::read_to_string(example)?);
    io::stdout().write_all(html.as_bytes())?;
    Ok(())
}
