//! What must hold of fills: while one lives that may be joined, there is no second for its key.

use super::invariants::Judge;
use super::site::Subject;
use super::world::{Link, Sim};

impl Judge {
    /// A shield lost all its fills.
    pub fn forget_fills(&self, shard: usize) {
        self.joinable.borrow_mut().retain(|(of, _), _| *of != shard);
    }

    /// A fill for somebody who must be shown more: it takes the place of one that began before.
    pub fn may_be_superseded(&self, shard: usize, subject: Subject) {
        self.joinable.borrow_mut().remove(&(shard, subject));
    }
}

/// (5) A fill that others may join: while it lives, there is no second one for its key.
pub struct Joinable {
    link: Link,
    place: (usize, Subject),
    number: u64,
}

impl Joinable {
    pub fn begin(world: &Sim, shard: usize, subject: Subject) -> Self {
        let number = world.judge.next();
        let place = (shard, subject);
        let now = world.now();
        let other = world
            .judge
            .joinable
            .borrow_mut()
            .insert(place, (number, now));
        // At the very end of a fill's lease the next one begins in the moment in which it times out.
        let lease = u64::try_from(world.site.shield.lease.as_millis()).unwrap();
        if other.is_some_and(|(_, began)| now < began + lease) {
            world
                .judge
                .blame(world, format!("two fills for {subject:?} at shard {shard}"));
        }
        Self {
            link: world.link(),
            place,
            number,
        }
    }
}

impl Drop for Joinable {
    fn drop(&mut self) {
        let Some(world) = self.link.get() else {
            return;
        };
        let mut joinable = world.judge.joinable.borrow_mut();
        if joinable
            .get(&self.place)
            .is_some_and(|(number, _)| *number == self.number)
        {
            joinable.remove(&self.place);
        }
    }
}
