using System.Runtime.InteropServices;

namespace Monorepo.Native.Ucx;

/// <summary>
/// Settings that UCX takes only from the C environment, and partly in an ELF constructor, so they are set through libc before libucs is loaded
/// (Environment.SetEnvironmentVariable does not touch C's environ).
/// </summary>
internal static class UcxEnvironment
{
    /// <summary>
    /// Forced: with UCX's own values its handlers replace the CLR's SIGSEGV handler and the first ordinary NullReferenceException kills the process.
    /// </summary>
    internal static readonly (string Name, string Value)[] Forced =
    [
        ("UCX_HANDLE_ERRORS", "none"),
        ("UCX_ERROR_SIGNALS", ""),
        // Hot-patching mmap under a garbage collector buys nothing here: we register memory ourselves where it matters.
        ("UCX_MEM_EVENTS", "n"),
    ];

    /// <summary>Defaults an operator's own environment wins over.</summary>
    internal static readonly (string Name, string Value)[] Defaults =
    [
        // Without these two, error mode PEER silently skips shared memory (posix) and single-copy rendezvous (cma).
        ("UCX_POSIX_ERROR_HANDLING", "y"),
        ("UCX_CMA_MEMORY_INVALIDATE", "y"),
        // A restarted server takes its port back while old connections are in TIME_WAIT.
        ("UCX_TCP_CM_REUSEADDR", "y"),
        // UCX logs to standard output, which belongs to the program. Failures reach us as statuses.
        ("UCX_LOG_LEVEL", "fatal"),
        ("UCX_WARN_UNUSED_ENV_VARS", "n"),
    ];

    /// <summary>Idempotent. Called by the library resolver, so it has always run before libucs exists in the process.</summary>
    internal static void Prepare()
    {
        foreach ((string name, string value) in Forced)
            Set(name, value, overwrite: 1);
        foreach ((string name, string value) in Defaults)
            Set(name, value, overwrite: 0);
    }

    private static void Set(string name, string value, int overwrite)
    {
        if (NativeMethods.setenv(name, value, overwrite) != 0)
            throw new InvalidOperationException($"setenv({name}) failed with errno {Marshal.GetLastPInvokeError()}.");
    }
}
