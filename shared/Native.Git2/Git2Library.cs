namespace Monorepo.Native.Git2;

/// <summary>
/// One lease on libgit2. The library counts its users: it starts with the first lease and stops with the last one. Everything in this
/// assembly that needs the library holds a lease of its own, so a caller takes one only to keep the library from being stopped and started
/// again between short uses. A lease that is never returned only keeps the library running. Safe to take and to return on any thread.
/// </summary>
public sealed class Git2Library : IDisposable
{
    private int _returned;

    /// <summary>Takes a lease, and starts the library when it is the first.</summary>
    /// <exception cref="DllNotFoundException">libgit2 is not installed.</exception>
    /// <exception cref="NotSupportedException">The library that was found is of another release line.</exception>
    /// <exception cref="Git2Exception">The library could not start.</exception>
    public Git2Library()
    {
        Git2Exception.ThrowIfFailed(NativeMethods.git_libgit2_init(), "start libgit2");
        Version = ReadVersion();
        if (Version.ToString(2) != Git2Resolver.SupportedVersion)
        {
            Return();
            throw new NotSupportedException(
                $"libgit2 {Version} is installed, but {Git2Resolver.SupportedVersion} is needed. Install the Debian package libgit2-1.5.");
        }
    }

    /// <summary>What the loaded library says it is.</summary>
    public Version Version { get; }

    /// <summary>Returns the lease; the last one stops the library. A second call does nothing.</summary>
    public void Dispose() => Return();

    private static unsafe Version ReadVersion()
    {
        int major, minor, revision;
        Git2Exception.ThrowIfFailed(NativeMethods.git_libgit2_version(&major, &minor, &revision), "read libgit2's version");
        return new Version(major, minor, revision);
    }

    private void Return()
    {
        if (Interlocked.Exchange(ref _returned, 1) == 0)
            _ = NativeMethods.git_libgit2_shutdown();
    }
}
