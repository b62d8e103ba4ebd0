//! What operators have done through the same stages that requests take: purges, a look into the layers,
//! warming. `admin` reads the requests and writes the answers.

pub mod described;
pub mod explain;
pub mod inspect;
pub mod keys;
pub mod purge;
pub mod shields;
pub mod warm;
