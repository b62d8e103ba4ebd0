//! Several statements of an object's SQLite that happen wholly or not at all.

use crate::failure::{Failure, Kind};
use js_sys::{Function, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// Runs `work` as one transaction; `storage` is the object's, as JavaScript has it.
pub(super) fn whole<T>(
    storage: &JsValue,
    mut work: impl FnMut() -> Result<T, Failure>,
) -> Result<T, Failure> {
    let failed = |why: JsValue| {
        let why = why.as_string().unwrap_or_else(|| format!("{why:?}"));
        Failure::new(Kind::Internal, "").because(format!("the object's storage: {why}"))
    };
    let begin = Reflect::get(storage, &"transactionSync".into()).map_err(failed)?;
    let begin: Function = begin.dyn_into().map_err(failed)?;
    let mut done = None;
    // A thrown error rolls back.
    let mut run = || {
        done = Some(work().map_err(|failure| JsValue::from(failure.internal))?);
        Ok(())
    };
    let run = Closure::<dyn FnMut() -> Result<(), JsValue>>::borrow_mut_aborting(&mut run);
    begin.call1(storage, run.as_js_value()).map_err(failed)?;
    drop(run);
    done.ok_or_else(|| failed("the transaction was not run".into()))
}
