//! Failures: what fails in the same way, whoever's it is, as one line.

use super::base::address;
use super::chart::bars;
use super::icon::Icon;
use super::parts::{Empty, Head, Tone, act, counted, loaded, param, problem_of, status, stay_live};
use super::replay::{ReplayMany, of_failures};
use super::time::at;
use crate::components::Button;
use crate::server_fns::replays::{failure_groups, mark_failures};
use leptos::prelude::*;
use portico_domain::view::{FailureGroup, FailureState, ReplaySelection};

/// What failed in the last 14 days.
#[component]
pub(super) fn List() -> impl IntoView {
    let project = param("project");
    let found = Resource::new(move || project.get(), failure_groups);
    stay_live(found);
    let problem = RwSignal::new(None);
    let many = RwSignal::new(None::<ReplaySelection>);
    let again = Callback::new(move |()| found.refetch());
    view! {
        <Head
            up=(address!("/dashboard/{}/executions", project.get_untracked()), "Executions".to_owned())
            title="Failures".to_owned()
            purpose="What failed in the last 14 days. What failed in the same way stands together, whoever's it is."
        />
        {problem_of(problem)}
        {move || many.get().map(|selection| view! { <ReplayMany project=project.get_untracked() selection close=move || many.set(None) /> })}
        {loaded(
            found,
            move |groups| {
                if groups.is_empty() {
                    return view! { <Empty drawing=Icon::CircleCheck title="Nothing failed" words="Executions that fail are listed here, those with the same trouble together." /> }.into_any();
                }
                let groups: Vec<_> = groups
                    .into_iter()
                    .map(|group| view! { <Group group project=project.get_untracked() problem many again /> })
                    .collect();
                view! { <ul class="troubles">{groups}</ul> }.into_any()
            },
        )}
    }
}

#[component]
fn Group(
    group: FailureGroup,
    project: String,
    problem: RwSignal<Option<String>>,
    many: RwSignal<Option<ReplaySelection>>,
    again: Callback<()>,
) -> impl IntoView {
    let to = of_failures(&project, &group.workflow_id.to_string(), &group.key);
    let (workflow, key) = (group.workflow_id, group.key.clone());
    let replay = {
        let key = key.clone();
        move |()| many.set(Some(ReplaySelection::Failures { workflow, key: key.clone() }))
    };
    let mark = Callback::new(move |state| {
        let work = mark_failures(project.clone(), workflow.to_string(), key.clone(), state);
        act(work, problem, move |()| again.run(()));
    });
    let open = group.state == FailureState::Open;
    let state = match group.state {
        FailureState::Open => status(Tone::Danger, Icon::CircleAlert, "Open"),
        FailureState::Ignored => status(Tone::Muted, Icon::Ban, "Ignored until it changes"),
        FailureState::Resolved => status(Tone::Success, Icon::CircleCheck, "Resolved"),
    };
    let left = group.count - group.replayed.min(group.count);
    let summary = format!(
        "{} a half-day at most, over 14 days",
        counted(group.over_time.iter().copied().max().unwrap_or(0), "failure")
    );
    view! {
        <li class="card trouble">
            <div class="item-head"><h2>{group.failure.message.clone()}</h2>{state}</div>
            <p class="hint">
                {group.step.clone()} " in " {group.workflow.clone()} " · " {group.failure.class.name()} " · "
                {group.failure.code.clone()}
                {(!group.failure.fields.is_empty()).then(|| format!(" · {}", group.failure.fields.join(", ")))}
            </p>
            <div class="row trouble-facts">
                <strong>{counted(group.count, "failure")}</strong>
                <span>{counted(group.users, "user")}</span>
                <span>"first " {at(group.first_at)}</span>
                <span>"last " {at(group.last_at)}</span>
                <span hidden=group.replayed == 0>{format!("{} replayed", group.replayed)}</span>
            </div>
            {bars(&group.over_time, &summary)}
            <div class="row">
                <a class="button" href=to>"See the executions"</a>
                <span hidden=left == 0><Button on_press=replay>{format!("Replay all {left}")}</Button></span>
                <span hidden=!open><Button on_press=move |()| mark.run(FailureState::Resolved)>"Resolved"</Button></span>
                <span hidden=!open><Button on_press=move |()| mark.run(FailureState::Ignored)>"Ignore until it changes"</Button></span>
                <span hidden=open><Button on_press=move |()| mark.run(FailureState::Open)>"Open again"</Button></span>
            </div>
        </li>
    }
}
