//! What was changed of the update strategy while the rollout goes on.

use crate::finding::Finding;
use crate::round::Round;

/// A strategy that is written within so many seconds of the newest revision came with it.
const TOGETHER: i64 = 60;

/// For so many seconds it is news.
const NEWS: i64 = 86_400;

/// That fields of the update strategy were written since the newest revision came, within the day, by one who wrote no
/// template: what they were before is not kept anywhere.
pub(super) fn strategy_written(round: &Round<'_>) -> Option<Finding> {
    let metadata = &round.daemon_set().metadata;
    let evidence = round.evidence?;
    let set = evidence.daemon_set(&metadata.namespace, &metadata.name)?;
    let writer = set.strategy_writer.as_ref()?;
    let begun = round.current_revision_created()?;
    let is_since = writer.time.seconds_since(begun) > TOGETHER;
    let is_news = round.view.now.seconds_since(writer.time) <= NEWS;
    (is_since && is_news && round.outdated().next().is_some()).then(|| Finding::StrategyWritten {
        manager: writer.manager.to_string(),
        at: writer.time,
        fields: writer.fields.clone(),
    })
}
