mod diff;
mod judging;
mod live;
mod quality;
mod questions;
mod runs;
mod sets;
mod trial;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(sets::create_evaluation_set)
        .service(sets::list_evaluation_sets)
        .service(sets::get_evaluation_set)
        .service(sets::delete_evaluation_set)
        .service(sets::export_evaluation_set)
        .service(sets::list_test_looks)
        .service(quality::get_set_quality)
        .service(quality::get_expected_power)
        .service(questions::list_evaluation_questions)
        .service(questions::create_evaluation_question)
        .service(questions::make_evaluation_questions)
        .service(questions::collect_evaluation_questions)
        .service(questions::get_evaluation_question)
        .service(questions::update_evaluation_question)
        .service(runs::create_evaluation_run)
        .service(runs::list_evaluation_runs)
        .service(runs::get_evaluation_run)
        .service(runs::describe_evaluation_run)
        .service(runs::delete_evaluation_run)
        .service(runs::control_evaluation_run)
        .service(runs::apply_evaluation_arm)
        .service(runs::get_taken_over_arm)
        .service(runs::undo_evaluation_arm)
        .service(diff::diff_evaluation_runs)
        .service(runs::get_evaluation_report)
        .service(runs::export_evaluation_run)
        .service(runs::list_run_questions)
        .service(runs::get_run_question)
        .service(judging::list_passages_to_judge)
        .service(judging::judge_passage)
        .service(judging::judge_by_model)
        .service(judging::recount_evaluation_run)
        .service(trial::try_evaluation_settings)
        .service(trial::get_setting_curves)
        .service(live::get_live_comparisons)
        .service(live::list_live_questions)
        .service(live::delete_live_comparisons);
}
