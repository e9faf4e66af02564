//! seccomp: a list of the system calls that may be made. All others fail with `EPERM`, which libraries take for a file
//! or a service that is not there, so that a newer C library is no reason to crash.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, apply_filter_all_threads,
};

use crate::confine::Layer;

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Memory, threads of this process, time, and descriptors that are open.
const FREE: &[i64] = &[
    libc::SYS_brk,
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    // Refused by another filter, with another error.
    libc::SYS_clone3,
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_fstat,
    libc::SYS_futex,
    libc::SYS_getcpu,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_gettimeofday,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_pread64,
    libc::SYS_preadv,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_sigaltstack,
    libc::SYS_sysinfo,
    libc::SYS_write,
    libc::SYS_writev,
];

/// What opens a file by its path, and looks at one. Landlock says which.
#[cfg(target_arch = "x86_64")]
const OPENING: &[i64] = &[
    libc::SYS_open,
    libc::SYS_openat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_stat,
    libc::SYS_access,
    libc::SYS_fcntl,
];
#[cfg(not(target_arch = "x86_64"))]
const OPENING: &[i64] = &[
    libc::SYS_openat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_fcntl,
];

pub(crate) fn refuse_most(opens_files: bool) -> Layer {
    match install(opens_files) {
        Ok(()) => Layer::Holds,
        Err(error) => Layer::Missing(error),
    }
}

fn install(opens_files: bool) -> Result<(), String> {
    let arch = TargetArch::try_from(std::env::consts::ARCH)
        .map_err(|_unknown| "there is no filter for this CPU".to_owned())?;
    let apply = |rules, otherwise, listed| {
        let filter = SeccompFilter::new(rules, otherwise, listed, arch);
        let program: BpfProgram = filter
            .and_then(TryInto::try_into)
            .map_err(|error| error.to_string())?;
        // Libraries that were loaded before may have a thread of their own.
        apply_filter_all_threads(&program).map_err(|error| error.to_string())
    };
    // A filter cannot look at the arguments of `clone3`. Where it seems absent, C libraries use `clone`.
    let absent = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
    let clone3 = Rules::from([(libc::SYS_clone3, Vec::new())]);
    apply(clone3, SeccompAction::Allow, absent)?;
    let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let rules = allowed(opens_files).map_err(|error| error.to_string())?;
    apply(rules, refused, SeccompAction::Allow)
}

fn allowed(opens_files: bool) -> Result<Rules, seccompiler::BackendError> {
    let mut rules: Rules = FREE.iter().map(|call| (*call, Vec::new())).collect();
    if opens_files {
        rules.extend(OPENING.iter().map(|call| (*call, Vec::new())));
    }
    let thread = u64::from(libc::CLONE_THREAD.unsigned_abs());
    // Threads, but no processes.
    rules.insert(libc::SYS_clone, only_if(0, masked(thread, thread))?);
    // Memory, but none that is run as a program.
    let executable = u64::from(libc::PROT_EXEC.unsigned_abs());
    rules.insert(libc::SYS_mmap, only_if(2, masked(executable, 0))?);
    rules.insert(libc::SYS_mprotect, only_if(2, masked(executable, 0))?);
    // Signals and limits of this process alone.
    let own = u64::from(std::process::id());
    rules.insert(libc::SYS_tgkill, only_if(0, (SeccompCmpOp::Eq, own))?);
    rules.insert(libc::SYS_prlimit64, only_if(0, (SeccompCmpOp::Eq, 0))?);
    let name = u64::from(libc::PR_SET_NAME.unsigned_abs());
    rules.insert(libc::SYS_prctl, only_if(0, (SeccompCmpOp::Eq, name))?);
    Ok(rules)
}

fn masked(mask: u64, value: u64) -> (SeccompCmpOp, u64) {
    (SeccompCmpOp::MaskedEq(mask), value)
}

/// The call may be made if this argument compares so.
fn only_if(
    argument: u8,
    (comparison, value): (SeccompCmpOp, u64),
) -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    let length = SeccompCmpArgLen::Dword;
    let condition = SeccompCondition::new(argument, length, comparison, value)?;
    Ok(vec![SeccompRule::new(vec![condition])?])
}
