using System.Runtime.Loader;
using LibGit2Sharp;
using Monorepo.Native.Git2;

namespace Monorepo.Import.Sources;

/// <summary>
/// Gives LibGit2Sharp the system's libgit2. It asks for a library by a name with its build's hash (libgit2-a2bde63); when the usual search
/// finds none, the runtime asks here. So nothing needs to be copied beside the program, and a published program finds it too.
/// </summary>
internal static class LibGit2Binding
{
    private const string RequestedPrefix = "git2-";

    private static readonly Lazy<bool> Registered = new(Register);

    /// <summary>Must come before the first use of LibGit2Sharp. Cheap after the first call.</summary>
    public static void EnsureRegistered() => _ = Registered.Value;

    private static bool Register()
    {
        AssemblyLoadContext.GetLoadContext(typeof(Repository).Assembly)!.ResolvingUnmanagedDll += static (_, name) =>
            name.StartsWith(RequestedPrefix, StringComparison.Ordinal) || name.StartsWith("lib" + RequestedPrefix, StringComparison.Ordinal)
                ? Git2Resolver.Load()
                : 0;
        return true;
    }
}
