using System.Reflection;
using System.Runtime.InteropServices;

namespace Monorepo.Native.Git2;

/// <summary>
/// Finds the system's libgit2 by its soname. Public because an assembly that brings its own declarations of libgit2's functions
/// can be pointed at the same library.
/// </summary>
public static class Git2Resolver
{
    /// <summary>The release line whose structure layouts this binding was checked against.</summary>
    public const string SupportedVersion = "1.5";

    private static readonly string[] Sonames = ["libgit2.so.1.5"];

    /// <summary>Loads the library. The result is never freed: the library stays for the life of the process.</summary>
    /// <exception cref="DllNotFoundException">No supported libgit2 is installed; the message names the package.</exception>
    public static nint Load()
    {
        foreach (string soname in Sonames)
        {
            if (NativeLibrary.TryLoad(soname, out nint handle))
                return handle;
        }

        throw new DllNotFoundException(
            $"libgit2 {SupportedVersion} was not found (tried {string.Join(", ", Sonames)}). Install the Debian package libgit2-1.5.");
    }

    internal static nint Resolve(string libraryName, Assembly assembly, DllImportSearchPath? searchPath) =>
        libraryName == NativeMethods.Library ? Load() : 0;
}
