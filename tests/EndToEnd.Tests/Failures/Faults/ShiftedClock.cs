using System.Diagnostics;
using System.Globalization;

namespace Monorepo.EndToEnd.Tests.Failures.Faults;

/// <summary>Programs whose wall clock is off.</summary>
internal static class ShiftedClock
{
    /// <summary>Compiles what shifts clocks.</summary>
    /// <returns>A library to be loaded before others.</returns>
    public static async Task<string> BuildAsync(string folder)
    {
        string library = Path.Combine(folder, "shifted-clock.so");
        using Process compiler = Process.Start("gcc", ["-shared", "-fPIC", "-O1", Path.Combine(AppContext.BaseDirectory, "Failures/Faults/shifted-clock.c"), "-o", library, "-ldl"]);
        await compiler.WaitForExitAsync();
        return compiler.ExitCode == 0 ? library : throw new InvalidOperationException($"gcc ended with {compiler.ExitCode}.");
    }

    /// <summary>For a program that is to be off by so much.</summary>
    public static Dictionary<string, string> Environment(string library, TimeSpan shift) => new(StringComparer.Ordinal)
    {
        ["LD_PRELOAD"] = library,
        ["CLOCK_SHIFT"] = ((long)shift.TotalSeconds).ToString(CultureInfo.InvariantCulture),
    };
}
