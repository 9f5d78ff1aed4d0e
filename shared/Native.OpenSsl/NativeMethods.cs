using System.Runtime.InteropServices;

namespace Monorepo.Native.OpenSsl;

internal static unsafe partial class NativeMethods
{
    internal const string Library = "crypto";

    [LibraryImport(Library)]
    internal static partial int SHA1_Init(byte* context);

    [LibraryImport(Library)]
    internal static partial int SHA1_Update(byte* context, byte* data, nuint length);

    [LibraryImport(Library)]
    internal static partial int SHA1_Final(byte* digest, byte* context);
}
