//! Which steps stand before a place and can be referred to there.

use portico_domain::workflow::{Branch, Step, WorkflowDefinition};

/// What can be seen from a step.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen<'a> {
    /// Steps that come before it, whether they ran or not.
    pub(super) steps: Vec<&'a Step>,
    /// The fan-outs in whose rounds it stands, the outermost first.
    pub(super) fan_outs: Vec<&'a Step>,
}

/// What can be seen from a step; nothing if there is no such step.
pub(super) fn at<'a>(workflow: &'a WorkflowDefinition, id: &str) -> Option<Seen<'a>> {
    look(&workflow.steps, id, Seen::default()).err()
}

/// Goes through a list: what is seen behind it, or (as the error, that ends the search) what is seen from
/// the step that is looked for.
fn look<'a>(steps: &'a [Step], id: &str, mut seen: Seen<'a>) -> Result<Seen<'a>, Seen<'a>> {
    for step in steps {
        if step.id == id {
            return Err(seen);
        }
        let mut behind = seen.steps.clone();
        for (branch, steps) in step.kind.branches() {
            let mut inner = seen.clone();
            match branch {
                // It is decided before its branches begin.
                Branch::Then | Branch::Else => inner.steps.push(step),
                // It is not done while its rounds are.
                Branch::Body => inner.fan_outs.push(step),
            }
            let from = inner.steps.len();
            let after = look(steps, id, inner)?;
            // From outside, the rounds of a fan-out are a list in its own output.
            if branch != Branch::Body {
                behind.extend(&after.steps[from..]);
            }
        }
        behind.push(step);
        seen.steps = behind;
    }
    Ok(seen)
}
