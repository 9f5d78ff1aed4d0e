using System.Runtime.InteropServices;

namespace Monorepo.Native.Ucx;

/// <summary>What <see cref="UcxRuntime.TryLoad"/> found.</summary>
/// <param name="Version">The library's version, or null when it can't be used.</param>
/// <param name="Problem">One sentence for a person when it can't be used, naming the package to install; null otherwise.</param>
public sealed record UcxLoad(Version? Version, string? Problem)
{
    public bool IsUsable => Problem is null;
}

/// <summary>Whether this process can use UCX. A caller that gets "no" goes on with another transport.</summary>
public static class UcxRuntime
{
    /// <summary>The Debian package that holds the library.</summary>
    public const string PackageName = "libucx0";

    internal const int ApiMajor = 1;
    internal const int ApiMinor = 13;

    private static readonly Lazy<UcxLoad> s_load = new(Load);

    /// <summary>
    /// Prepares the environment, loads <c>libucp.so.0</c> and checks its version (1.13 or a later 1.x). Any thread; the work is done once.
    /// Call it before other threads read the C environment, for <c>setenv</c> is not safe against that: first thing in a program is best.
    /// </summary>
    public static UcxLoad TryLoad() => s_load.Value;

    private static unsafe UcxLoad Load()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return new UcxLoad(null, "UCX is used on Linux x86-64 only.");
        uint major, minor, release;
        try
        {
            NativeMethods.ucp_get_version(&major, &minor, &release);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return new UcxLoad(null, $"libucp.so.0 can't be loaded; install the package {PackageName}.");
        }

        Version version = new((int)major, (int)minor, (int)release);
        return IsSupported(version)
            ? new UcxLoad(version, null)
            : new UcxLoad(null, $"UCX {version} is installed; {ApiMajor}.{ApiMinor} or a later {ApiMajor}.x is needed (package {PackageName}).");
    }

    internal static bool IsSupported(Version version) => version.Major == ApiMajor && version.Minor >= ApiMinor;
}
