//! What narrows an integration's trigger, with its templates filled.

use crate::Engine;
use crate::context::Known;
use portico_domain::execution::Scope;
use portico_domain::{ActionShape, TriggerShape};
use serde_json::{Map, Value};

impl Engine {
    /// The inputs of a trigger for an account: they can name the account's settings. Those without a
    /// value are left out and narrow nothing.
    ///
    /// # Errors
    /// A required one has no value, or one names a secret, in words.
    pub fn narrowing(
        &self,
        shape: &TriggerShape,
        inputs: &Map<String, Value>,
        scope: &Scope,
    ) -> Result<Map<String, Value>, String> {
        let own = ActionShape {
            id: shape.id.clone(),
            title: shape.title.clone(),
            description: String::new(),
            inputs: shape.inputs.clone(),
            outputs: Vec::new(),
        };
        let known = Known {
            trigger: (&Value::Null).into(),
            steps: Map::new(),
            settings: &scope.settings,
            sealed: &scope.sealed,
            user: &scope.user,
            account: &scope.account,
            item: None,
        };
        let rendered = self.renderer.inputs(inputs, &own, &known).map_err(|why| why.0)?;
        match rendered.holes.first() {
            Some(hole) => Err(format!("A trigger's input cannot be a secret ({}).", hole.secret)),
            None => Ok(rendered.json),
        }
    }
}
