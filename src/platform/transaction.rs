//! Several statements of an object's SQLite that happen wholly or not at all.

use crate::failure::{Failure, Kind};
use js_sys::{Function, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// Runs `work` as one transaction; `storage` is the object's, as JavaScript has it.
pub(super) fn whole(
    storage: &JsValue,
    work: impl Fn() -> Result<(), Failure>,
) -> Result<(), Failure> {
    let failed = |why: JsValue| {
        let why = why.as_string().unwrap_or_else(|| format!("{why:?}"));
        Failure::new(Kind::Internal, "").because(format!("the object's storage: {why}"))
    };
    let begin = Reflect::get(storage, &"transactionSync".into()).map_err(failed)?;
    let begin: Function = begin.dyn_into().map_err(failed)?;
    // A thrown error rolls back.
    let mut run = || work().map_err(|failure| JsValue::from(failure.internal));
    let run = Closure::<dyn FnMut() -> Result<(), JsValue>>::borrow_mut_aborting(&mut run);
    begin.call1(storage, run.as_js_value()).map_err(failed)?;
    Ok(())
}
