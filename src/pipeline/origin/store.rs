//! Puts an origin's response where the next requests find it: under the URI's key, or under that of a
//! variant with a signpost to it.

use super::Errand;
use super::ask::Asking;
use super::candidate::Candidate;
use crate::cache::http::{Http, Signpost};
use crate::cache::receipt;
use crate::cache::stored::{Head, Stored, content_type};
use crate::key::CacheKey;
use crate::outcome::{Layer, LayerReport, ShieldReport};
use crate::pipeline::admit::{self, Fetched};
use crate::policy::{Layers, Tier, write_layers};
use crate::ports::Body;
use crate::ports::origin::OriginPorts;

impl<P: OriginPorts> Errand<P> {
    pub(super) fn store(
        &self,
        asking: &Asking<P::Body>,
        stored: &Stored<P::Body>,
        shield: Option<ShieldReport>,
        reports: &mut [LayerReport],
    ) {
        let Some(layers) = self.layers_for(&stored.head, Fetched::of(shield)) else {
            return;
        };
        let (stored, signpost) = self.placed(asking.signpost.as_ref(), stored);
        if self.is_superseded(&stored) {
            return;
        }
        let keep = stored.head.terms.keep();
        if let Some(signpost) = signpost {
            admit::put(&self.ports, &signpost, layers, keep, &mut []);
        }
        admit::put(&self.ports, &stored, layers, keep, reports);
    }

    /// Marks the layers that a body which is still coming will be put into.
    pub(super) fn announce(&self, head: &Head, reports: &mut [LayerReport]) {
        let Some(layers) = self.layers_for(head, Fetched::ByUs) else {
            return;
        };
        for report in reports.iter_mut().filter(|report| layers.has(report.layer)) {
            report.stored = true;
        }
    }

    fn layers_for(&self, head: &Head, fetched: Fetched) -> Option<Layers> {
        let tier = self.route().ok()?.tier_of(content_type(&head.headers))?;
        let wanted = write_layers(tier, head.terms);
        Some(match fetched {
            Fetched::ByUs => wanted,
            // Who asked writes the layer that all isolates share.
            Fetched::ByAnother => Layers {
                global: false,
                ..wanted
            },
        })
    }

    /// The response under its key, and the signpost that leads there, if it needs one.
    fn placed(
        &self,
        known: Option<&Signpost>,
        stored: &Stored<P::Body>,
    ) -> (Stored<P::Body>, Option<Stored<P::Body>>) {
        let primary = &self.wanted.key;
        let mut signpost = known.cloned().unwrap_or_default();
        let in_memory = self
            .ports
            .with_memory(|memory| memory.peek(primary.as_str()).cloned());
        match in_memory
            .as_ref()
            .and_then(|kept| kept.head.http.as_deref())
        {
            Some(Http::Signpost(own)) => signpost.merge(own),
            Some(Http::Response(_) | Http::Variance(_)) | None => {}
        }
        let Some(variant) = receipt::variant(&stored.head) else {
            return (stored.clone(), None);
        };
        if variant.selecting.is_empty() && signpost.variants().is_empty() {
            return (stored.clone(), None);
        }
        if signpost.variants().is_empty()
            && let Some(plain) = in_memory
            && let Some(its) = receipt::variant(&plain.head)
        {
            // It lies where the signpost will stand.
            let moved = rekeyed(&plain, &receipt::key_of(primary, &its.selecting));
            admit::put(
                &self.ports,
                &moved,
                Layers::MEMORY,
                moved.head.terms.keep(),
                &mut [],
            );
            signpost.point_to(its);
        }
        let key = receipt::key_of(primary, &variant.selecting);
        signpost.point_to(variant);
        let stored = rekeyed(stored, &key);
        let post = self.post(&stored, signpost);
        (stored, Some(post))
    }

    /// The signpost as it is stored: for as long as what it leads to.
    fn post(&self, stored: &Stored<P::Body>, signpost: Signpost) -> Stored<P::Body> {
        let head = Head {
            key: self.wanted.key.as_str().to_owned(),
            status: 0,
            headers: Vec::new(),
            tags: Vec::new(),
            http: Some(Box::new(Http::Signpost(signpost))),
            ..(*stored.head).clone()
        };
        Stored::new(head, self.ports.body_of(Vec::new()))
    }

    /// Copies what was found farther away to the nearer layers.
    pub(super) fn promote(
        &self,
        tier: &Tier,
        candidate: &Candidate<P::Body>,
        asking: &Asking<P::Body>,
    ) {
        if candidate.layer == Layer::Memory || self.is_superseded(&candidate.stored) {
            return;
        }
        let is_fresh = candidate.age < candidate.terms.lifetime;
        let nearer = Layers {
            memory: tier.layers.memory,
            colo: tier.layers.colo && candidate.layer > Layer::Colo && is_fresh,
            global: false,
        };
        let stored = &candidate.stored;
        let age = self.ports.now().since(stored.head.created);
        let left = stored.head.terms.keep().saturating_sub(age);
        if let Some(signpost) = &asking.signpost {
            let post = self.post(stored, signpost.clone());
            admit::put(&self.ports, &post, nearer, left, &mut []);
        }
        admit::put(&self.ports, stored, nearer, left, &mut []);
    }

    /// Whether something newer came while a body was on its way, or a far layer was read.
    fn is_superseded(&self, stored: &Stored<P::Body>) -> bool {
        self.ports.with_memory(|memory| {
            let kept = memory.peek(&stored.head.key);
            kept.is_some_and(|kept| kept.head.created > stored.head.created)
        })
    }

    /// What is stored is not to be found again in this isolate: its origin has spoken otherwise.
    pub(super) fn forget(&self, asking: &Asking<P::Body>) {
        if let Some(candidate) = &asking.candidate {
            let key = &candidate.stored.head.key;
            self.ports.with_memory(|memory| memory.remove(key));
        }
    }
}

fn rekeyed<B: Body>(stored: &Stored<B>, key: &CacheKey) -> Stored<B> {
    let head = Head {
        key: key.as_str().to_owned(),
        ..(*stored.head).clone()
    };
    Stored::new(head, stored.body.clone())
}
