using System.Runtime.CompilerServices;

[assembly: DisableRuntimeMarshalling]

namespace Monorepo.Native.Zstd;

internal static class ZstdLibrary
{
    /// <summary>What every distribution calls it. Named so, it is found without a resolver, whose reflection costs a program's start more than loading the library.</summary>
    public const string Name = "libzstd.so.1";

    /// <summary>Makes a context, the first call of all, and says what to install where it can't be made.</summary>
    public static nint Load(Func<nint> call)
    {
        try
        {
            return call();
        }
        catch (DllNotFoundException e)
        {
            throw new DllNotFoundException("libzstd is not installed. On Debian or Ubuntu: apt install libzstd1", e);
        }
    }
}
