using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace Monorepo.Native.Ucx;

/// <summary>
/// The C functions we call, under their C names. <c>ucs_status_t</c> is a one-byte packed enum, hence <see langword="sbyte"/> everywhere.
/// The static constructor runs before the first call, so the environment is always prepared before libucs is loaded.
/// </summary>
internal static unsafe partial class NativeMethods
{
    internal const string Ucp = "ucp";
    internal const string Ucs = "ucs";
    private const string Libc = "libc";

    static NativeMethods() => NativeLibrary.SetDllImportResolver(typeof(NativeMethods).Assembly, Resolve);

    private static nint Resolve(string libraryName, Assembly assembly, DllImportSearchPath? searchPath)
    {
        string? soname = libraryName switch { Ucp => "libucp.so.0", Ucs => "libucs.so.0", _ => null };
        if (soname is null)
            return 0;
        UcxEnvironment.Prepare();
        return NativeLibrary.TryLoad(soname, out nint handle) ? handle : 0;
    }

    [LibraryImport(Ucp)]
    internal static partial void ucp_get_version(uint* major, uint* minor, uint* release);

    [LibraryImport(Ucp)]
    internal static partial sbyte ucp_config_read(byte* envPrefix, byte* fileName, nint* config);

    [LibraryImport(Ucp, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial sbyte ucp_config_modify(nint config, string name, string value);

    [LibraryImport(Ucp)]
    internal static partial void ucp_config_release(nint config);

    [LibraryImport(Ucp)]
    internal static partial sbyte ucp_init_version(uint apiMajor, uint apiMinor, UcpParams* parameters, nint config, nint* context);

    [LibraryImport(Ucp)]
    internal static partial void ucp_cleanup(nint context);

    [LibraryImport(Ucp)]
    internal static partial sbyte ucp_mem_map(UcpContextHandle context, UcpMemMapParams* parameters, nint* region);

    [LibraryImport(Ucp)]
    internal static partial sbyte ucp_mem_unmap(UcpContextHandle context, nint region);

    [LibraryImport(Ucp)]
    internal static partial sbyte ucp_worker_create(UcpContextHandle context, UcpWorkerParams* parameters, nint* worker);

    [LibraryImport(Ucp)]
    internal static partial void ucp_worker_destroy(nint worker);

    [LibraryImport(Ucp)]
    internal static partial sbyte ucp_worker_query(UcpWorkerHandle worker, UcpWorkerAttr* attributes);

    [LibraryImport(Ucp)]
    internal static partial uint ucp_worker_progress(UcpWorkerHandle worker);

    [LibraryImport(Ucp)]
    internal static partial sbyte ucp_worker_get_efd(UcpWorkerHandle worker, int* fileDescriptor);

    [LibraryImport(Ucp)]
    internal static partial sbyte ucp_worker_arm(UcpWorkerHandle worker);

    [LibraryImport(Ucp)]
    internal static partial sbyte ucp_worker_signal(UcpWorkerHandle worker);

    [LibraryImport(Ucp)]
    internal static partial sbyte ucp_worker_set_am_recv_handler(UcpWorkerHandle worker, UcpAmHandlerParam* parameters);

    [LibraryImport(Ucp)]
    internal static partial sbyte ucp_listener_create(UcpWorkerHandle worker, UcpListenerParams* parameters, nint* listener);

    [LibraryImport(Ucp)]
    internal static partial sbyte ucp_listener_query(UcpListenerHandle listener, UcpListenerAttr* attributes);

    [LibraryImport(Ucp)]
    internal static partial sbyte ucp_listener_reject(UcpListenerHandle listener, nint connectionRequest);

    [LibraryImport(Ucp)]
    internal static partial void ucp_listener_destroy(nint listener);

    [LibraryImport(Ucp)]
    internal static partial sbyte ucp_ep_create(UcpWorkerHandle worker, UcpEpParams* parameters, nint* endpoint);

    [LibraryImport(Ucp)]
    internal static partial nint ucp_ep_close_nbx(nint endpoint, UcpRequestParam* parameters);

    [LibraryImport(Ucp)]
    internal static partial nint ucp_am_send_nbx(nint endpoint, uint id, void* header, nuint headerLength, void* buffer, nuint count, UcpRequestParam* parameters);

    [LibraryImport(Ucp)]
    internal static partial nint ucp_am_recv_data_nbx(UcpWorkerHandle worker, void* descriptor, void* buffer, nuint count, UcpRequestParam* parameters);

    [LibraryImport(Ucp)]
    internal static partial void ucp_request_free(nint request);

    [LibraryImport(Ucs)]
    internal static partial byte* ucs_status_string(sbyte status);

    [LibraryImport(Libc, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial int setenv(string name, string value, int overwrite);

    [LibraryImport(Libc, SetLastError = true)]
    internal static partial int poll(PollFd* descriptors, nuint count, int timeoutMs);
}

/// <summary>struct pollfd.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollFd
{
    internal const short In = 1;

    internal int FileDescriptor;
    internal short Events;
    internal short ReturnedEvents;
}
