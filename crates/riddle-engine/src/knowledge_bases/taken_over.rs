//! Settings that a knowledge base takes over from an arm of a run, and the way back.

use riddle_core::{
    AppliedArm, AppliedSettings, EvaluationArm, EvaluationRunId, KnowledgeBase, KnowledgeBaseId,
    KnowledgeBaseSettings, RetrievalSettings,
};

use super::{KnowledgeBases, check_settings};
use crate::disk::WriteKind;
use crate::error::EngineError;

impl KnowledgeBases {
    /// Makes a knowledge base search as an arm does, with changes, and answer as it does: `answered` is the choice of
    /// an arm without a language model, if it has answered. Returns the knowledge base with its settings of before.
    pub(crate) async fn take_over(
        &self,
        id: KnowledgeBaseId,
        (run, arm): (EvaluationRunId, EvaluationArm),
        answered: Option<Option<String>>,
        change: impl FnOnce(RetrievalSettings) -> RetrievalSettings + Send,
    ) -> Result<(KnowledgeBase, RetrievalSettings), EngineError> {
        self.shared.disk.check(WriteKind::New, 0)?;
        let _changing = self.shared.changing_settings.lock().await;
        let mut knowledge_base = self.shared.find_knowledge_base(&id.to_string()).await?;
        let before = AppliedSettings::of(&knowledge_base.settings);
        let mut retrieval = before.retrieval.clone();
        arm.put_into(&mut retrieval);
        knowledge_base.settings.retrieval = change(retrieval);
        let chat_model = arm.chat_model.map(Some).or(answered);
        self.choose_chat(&mut knowledge_base.settings, chat_model)?;
        self.check_taken(&knowledge_base.settings, &before).await?;
        let after = AppliedSettings::of(&knowledge_base.settings);
        if after == before {
            return Ok((knowledge_base, before.retrieval));
        }
        let applied = AppliedArm {
            knowledge_base: id,
            run,
            arm: arm.name,
            after,
            before,
            at: self.shared.clock.now(),
        };
        let store = &self.shared.store;
        store
            .apply_evaluation_arm(&knowledge_base, &applied)
            .await?;
        Ok((knowledge_base, applied.before.retrieval))
    }

    /// What was taken over from a run last and is in force still.
    pub(crate) async fn taken_over(
        &self,
        run: EvaluationRunId,
    ) -> Result<Option<AppliedArm>, EngineError> {
        let Some(applied) = self.shared.store.applied_evaluation_arm(run).await? else {
            return Ok(None);
        };
        let name = applied.knowledge_base.to_string();
        let now = self.shared.find_knowledge_base(&name).await?.settings;
        Ok(Some(applied).filter(|applied| applied.after == AppliedSettings::of(&now)))
    }

    /// Makes a knowledge base search as it did before it took over the last arm of a run.
    pub(crate) async fn take_back(
        &self,
        run: EvaluationRunId,
    ) -> Result<KnowledgeBase, EngineError> {
        self.shared.disk.check(WriteKind::New, 0)?;
        let _changing = self.shared.changing_settings.lock().await;
        let Some(applied) = self.taken_over(run).await? else {
            let problem = "nothing was taken over from this run, or the settings have been changed since then; \
                change them on the page of the knowledge base";
            return Err(EngineError::EvaluationRunState(problem.to_owned()));
        };
        let name = applied.knowledge_base.to_string();
        let mut knowledge_base = self.shared.find_knowledge_base(&name).await?;
        applied.before.put_into(&mut knowledge_base.settings);
        self.check_taken(&knowledge_base.settings, &applied.after)
            .await?;
        let store = &self.shared.store;
        store.take_back_evaluation_arm(&knowledge_base, run).await?;
        Ok(knowledge_base)
    }

    /// As a change by hand is checked: what it names has to be there still.
    async fn check_taken(
        &self,
        settings: &KnowledgeBaseSettings,
        before: &AppliedSettings,
    ) -> Result<(), EngineError> {
        check_settings(settings)?;
        self.check_choice(&settings.retrieval, Some(&before.retrieval))
            .await
    }
}
