using System.Diagnostics;

namespace Monorepo.Peers.Running;

/// <summary>How every program that runs beside a benchmark ends.</summary>
internal static class ProcessEnding
{
    /// <summary>Kills a process that still runs, waits until it is gone, and disposes of it.</summary>
    /// <param name="process">One that we started.</param>
    /// <param name="withChildren">Those that it started, too.</param>
    public static async Task EndAsync(this Process process, bool withChildren = false)
    {
        if (!process.HasExited)
        {
            process.Kill(withChildren);
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }
}
