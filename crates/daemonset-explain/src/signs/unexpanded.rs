//! References to environment variables that words show as they were written, since nothing took their place.

use serde_json::Value;

use crate::template::{container, list_of};

/// A reference `$(NAME)` that was not replaced.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unexpanded {
    /// The variable that is referred to.
    pub name: String,
    /// The variable whose value refers to it; `None` where an argument does.
    pub user: Option<String>,
    /// Where both stand, if the variable is there and stands after the one that refers to it.
    pub order: Option<Order>,
}

/// The places of two variables of a container.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Order {
    /// `containers` or `initContainers`, and the container's place in it.
    pub list: &'static str,
    pub container: usize,
    /// The place of the variable that is referred to, and of the one that refers to it.
    pub from: usize,
    pub to: usize,
}

/// The reference that the words show and a container of the template makes, where it is not replaced: a variable that is
/// referred to has to stand before.
///
/// Source: [dependent environment variables](https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/).
pub(crate) fn unexpanded(spec: &Value, name: &str, words: &str) -> Option<Unexpanded> {
    let found = container(spec, name)?;
    let mut referred = words.split("$(").skip(1).filter_map(|rest| {
        let (name, _) = rest.split_once(')')?;
        let is_part = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        (!name.is_empty() && name.chars().all(is_part)).then_some(name)
    });
    referred.find_map(|variable| of_variable(spec, found, name, variable))
}

fn of_variable(spec: &Value, found: &Value, container: &str, variable: &str) -> Option<Unexpanded> {
    let reference = format!("$({variable})");
    let escaped = format!("${reference}");
    let refers = |value: &Value| {
        let text = value.as_str().unwrap_or_default();
        text.replace(&escaped, "").contains(&reference)
    };
    let variables = found["env"].as_array().map_or(&[][..], Vec::as_slice);
    let place = variables.iter().position(|it| it["name"] == variable);
    let user = variables.iter().position(|it| refers(&it["value"]));
    let is_from = found["envFrom"].as_array().is_some_and(|it| !it.is_empty());
    let list = list_of(spec, container)?;
    let at = || {
        let all = spec[list].as_array()?;
        all.iter().position(|it| it["name"] == container)
    };
    match (place, user) {
        (Some(from), Some(to)) if from > to => Some(Unexpanded {
            name: variable.to_owned(),
            user: variables[to]["name"].as_str().map(str::to_owned),
            order: Some(Order {
                list,
                container: at()?,
                from,
                to,
            }),
        }),
        (None, Some(to)) if !is_from => Some(Unexpanded {
            name: variable.to_owned(),
            user: variables[to]["name"].as_str().map(str::to_owned),
            order: None,
        }),
        (None, None) if !is_from => {
            let texts = |list: &str| found[list].as_array().into_iter().flatten();
            let mut arguments = ["command", "args"].into_iter().flat_map(texts);
            arguments.any(refers).then(|| Unexpanded {
                name: variable.to_owned(),
                user: None,
                order: None,
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_stands_after_or_nowhere_is_not_replaced() {
        let spec = json!({"containers": [{
            "name": "a",
            "args": ["--site=$(SITE)", "--node=$(NODE)", "--text=$$(TEXT)"],
            "env": [
                {"name": "URL", "value": "https://$(NODE):10250"},
                {"name": "NODE", "value": "n"},
                {"name": "NEXT", "value": "$(NODE)/$(ZONE)"},
            ],
        }]});
        let found = |words| unexpanded(&spec, "a", words);
        let of_node = found("parse \"https://$(NODE):10250\"").unwrap();
        assert_eq!(of_node.user.as_deref(), Some("URL"));
        assert_eq!(of_node.order.map(|it| (it.from, it.to)), Some((1, 0)));
        let of_zone = found("no zone $(ZONE)").unwrap();
        assert_eq!(
            (of_zone.user.as_deref(), of_zone.order),
            (Some("NEXT"), None)
        );
        let of_site = found("no site $(SITE)").unwrap();
        assert_eq!((of_site.user, of_site.order), (None, None));
        assert_eq!(found("$(TEXT)"), None);
        assert_eq!(found("$(OTHER) $(hostname -f) $("), None);
    }
}
