using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace Monorepo.Native.OpenSsl;

/// <summary>Finds libcrypto under the names that distributions give it.</summary>
internal static class OpenSslLibrary
{
    private static readonly string[] s_names = ["libcrypto.so.3", "libcrypto.so.1.1"];

    internal static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != NativeMethods.Library)
        {
            return 0;
        }

        foreach (string candidate in s_names)
        {
            if (NativeLibrary.TryLoad(candidate, out nint handle))
            {
                return handle;
            }
        }

        throw new DllNotFoundException("libcrypto is not installed. On Debian or Ubuntu: apt install libssl3");
    }
}
