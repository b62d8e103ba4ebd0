//! Sends notifications to the webhook, and records what came of it.

use crate::alert::board::{Board, Receiver};
use crate::alert::outbox::{Delivery, Notification, Sent};
use crate::alert::webhook;
use crate::config::site::Site;
use crate::pipeline::metering::documents::update;
use crate::ports::alerts::{AlertPorts, Message};
use std::time::Duration;

/// Tries in one run; what is left waits for another.
const TRIES: u32 = 3;

/// Before the second try; doubled with each.
const PAUSE: Duration = Duration::from_secs(1);

/// Gives how many were taken. After one that failed, the others would only fail too: they wait.
pub async fn send(ports: &impl AlertPorts, site: &Site, claimed: &[Notification]) -> usize {
    let form = site.alerting.form;
    let mut taken = 0;
    for notification in claimed {
        let (sent, tries) = attempt(ports, site, notification).await;
        if let Sent::Failed(why) | Sent::Refused(why) = &sent {
            ports.complain(&format!("alert: the webhook: {why}"));
        }
        let now = ports.now();
        let settled = update(ports, |board: &mut Board| {
            board
                .outbox
                .settle(&notification.id, &sent, tries, form, now);
        });
        if let Err(failure) = settled.await {
            // It stays in the outbox, and is sent again under the same id.
            ports.complain(&format!(
                "alert: what was sent is not noted: {}",
                failure.internal
            ));
            return taken;
        }
        match sent {
            Sent::Taken => taken += 1,
            Sent::Refused(_) => {}
            Sent::Failed(_) => return taken,
        }
    }
    taken
}

/// Sends one that is not kept.
pub async fn test(ports: &impl AlertPorts, site: &Site, notification: &Notification) -> Delivery {
    let (result, tries) = match ports.receiver() {
        Receiver::Nobody => (
            String::from("the Worker has no secret ALERT_WEBHOOK_URL"),
            0,
        ),
        Receiver::Webhook => match attempt(ports, site, notification).await {
            (Sent::Taken, tries) => (String::from("sent"), tries),
            (Sent::Failed(why) | Sent::Refused(why), tries) => (why, tries),
        },
    };
    Delivery {
        attempts: tries,
        ..notification.delivery(site.alerting.form, result, ports.now())
    }
}

async fn attempt(ports: &impl AlertPorts, site: &Site, notification: &Notification) -> (Sent, u32) {
    let body = webhook::body(site.alerting.form, &site.name, notification);
    let message = Message {
        id: &notification.id,
        body: &body,
    };
    let mut tries = 0;
    loop {
        tries += 1;
        let failed = match ports.post(message).await {
            Ok(200..=299) => return (Sent::Taken, tries),
            Ok(status) if webhook::may_pass(status) => format!("it answered {status}"),
            Ok(status) => return (Sent::Refused(format!("it answered {status}")), tries),
            Err(why) => why,
        };
        if tries >= TRIES {
            return (Sent::Failed(failed), tries);
        }
        ports.pause(PAUSE * (1 << (tries - 1))).await;
    }
}
