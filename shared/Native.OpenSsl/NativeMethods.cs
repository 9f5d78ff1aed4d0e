using System.Runtime.InteropServices;

namespace Monorepo.Native.OpenSsl;

internal static unsafe partial class NativeMethods
{
    internal const string Library = "crypto";

    // Not before it is needed: the reflection costs each program's start more than all else that runs before Main.
    static NativeMethods() => NativeLibrary.SetDllImportResolver(typeof(NativeMethods).Assembly, OpenSslLibrary.Resolve);

    [LibraryImport(Library)]
    internal static partial int SHA1_Init(byte* context);

    [LibraryImport(Library)]
    internal static partial int SHA1_Update(byte* context, byte* data, nuint length);

    [LibraryImport(Library)]
    internal static partial int SHA1_Final(byte* digest, byte* context);
}
