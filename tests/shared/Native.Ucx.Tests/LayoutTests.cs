using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Monorepo.Native.Ucx.Tests;

/// <summary>The structs and constants written down by hand, against the installed header's and against the table recorded from 1.13.1.</summary>
public sealed class LayoutTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>Recorded from layout-probe.c with UCX 1.13.1 on x86-64.</summary>
    [Fact]
    public void Sizes_are_those_of_1_13()
    {
        Assert.Equal(1, Unsafe.SizeOf<UcxStatus>());
        Assert.Equal(80, Unsafe.SizeOf<UcpParams>());
        Assert.Equal(200, Unsafe.SizeOf<UcpWorkerParams>());
        Assert.Equal(80, Unsafe.SizeOf<UcpWorkerAttr>());
        Assert.Equal(16, Unsafe.SizeOf<UcsSockAddr>());
        Assert.Equal(56, Unsafe.SizeOf<UcpListenerParams>());
        Assert.Equal(136, Unsafe.SizeOf<UcpListenerAttr>());
        Assert.Equal(104, Unsafe.SizeOf<UcpEpParams>());
        Assert.Equal(72, Unsafe.SizeOf<UcpRequestParam>());
        Assert.Equal(32, Unsafe.SizeOf<UcpAmHandlerParam>());
        Assert.Equal(16, Unsafe.SizeOf<UcpAmRecvParam>());
        Assert.Equal(16, Unsafe.SizeOf<UcxSegment>());
        Assert.Equal(24, (int)Marshal.OffsetOf<UcpEpParams>(nameof(UcpEpParams.ErrorHandler)));
        Assert.Equal(24, (int)Marshal.OffsetOf<UcpRequestParam>(nameof(UcpRequestParam.Datatype)));
        Assert.Equal(8, (int)Marshal.OffsetOf<UcpAmRecvParam>(nameof(UcpAmRecvParam.ReplyEndpoint)));
    }

    [Fact]
    public async Task Everything_is_what_the_installed_header_says()
    {
        Dictionary<string, long> header = await ProbeAsync();
        Dictionary<string, long> ours = Ours();
        // Later versions append fields, so a struct may only be larger there; what is where must not have moved.
        foreach ((string name, long value) in header)
        {
            Assert.True(ours.TryGetValue(name, out long own), $"{name} is probed and not compared.");
            Assert.True(name.StartsWith("sizeof", StringComparison.Ordinal) ? own <= value : own == value, $"{name}: {own} here, {value} in the header.");
        }

        Assert.Equal(header.Count, ours.Count);
    }

    private static Dictionary<string, long> Ours() => new(StringComparer.Ordinal)
    {
        ["sizeof ucs_status_t"] = Unsafe.SizeOf<UcxStatus>(),
        ["sizeof ucp_params_t"] = Unsafe.SizeOf<UcpParams>(),
        ["ucp_params_t.field_mask"] = Offset<UcpParams>(nameof(UcpParams.FieldMask)),
        ["ucp_params_t.features"] = Offset<UcpParams>(nameof(UcpParams.Features)),
        ["ucp_params_t.mt_workers_shared"] = Offset<UcpParams>(nameof(UcpParams.WorkersShared)),
        ["ucp_params_t.estimated_num_eps"] = Offset<UcpParams>(nameof(UcpParams.EstimatedEndpoints)),
        ["sizeof ucp_worker_params_t"] = Unsafe.SizeOf<UcpWorkerParams>(),
        ["ucp_worker_params_t.field_mask"] = Offset<UcpWorkerParams>(nameof(UcpWorkerParams.FieldMask)),
        ["ucp_worker_params_t.thread_mode"] = Offset<UcpWorkerParams>(nameof(UcpWorkerParams.ThreadMode)),
        ["sizeof ucp_worker_attr_t"] = Unsafe.SizeOf<UcpWorkerAttr>(),
        ["ucp_worker_attr_t.field_mask"] = Offset<UcpWorkerAttr>(nameof(UcpWorkerAttr.FieldMask)),
        ["ucp_worker_attr_t.max_am_header"] = Offset<UcpWorkerAttr>(nameof(UcpWorkerAttr.MaxAmHeader)),
        ["sizeof ucs_sock_addr_t"] = Unsafe.SizeOf<UcsSockAddr>(),
        ["ucs_sock_addr_t.addr"] = Offset<UcsSockAddr>(nameof(UcsSockAddr.Address)),
        ["ucs_sock_addr_t.addrlen"] = Offset<UcsSockAddr>(nameof(UcsSockAddr.Length)),
        ["sizeof ucp_listener_params_t"] = Unsafe.SizeOf<UcpListenerParams>(),
        ["ucp_listener_params_t.field_mask"] = Offset<UcpListenerParams>(nameof(UcpListenerParams.FieldMask)),
        ["ucp_listener_params_t.sockaddr"] = Offset<UcpListenerParams>(nameof(UcpListenerParams.SockAddr)),
        ["ucp_listener_params_t.conn_handler.cb"] = Offset<UcpListenerParams>(nameof(UcpListenerParams.ConnectionHandler)),
        ["ucp_listener_params_t.conn_handler.arg"] = Offset<UcpListenerParams>(nameof(UcpListenerParams.ConnectionArgument)),
        ["sizeof ucp_listener_attr_t"] = Unsafe.SizeOf<UcpListenerAttr>(),
        ["ucp_listener_attr_t.field_mask"] = Offset<UcpListenerAttr>(nameof(UcpListenerAttr.FieldMask)),
        ["ucp_listener_attr_t.sockaddr"] = Offset<UcpListenerAttr>(nameof(UcpListenerAttr.SockAddr)),
        ["sizeof ucp_ep_params_t"] = Unsafe.SizeOf<UcpEpParams>(),
        ["ucp_ep_params_t.field_mask"] = Offset<UcpEpParams>(nameof(UcpEpParams.FieldMask)),
        ["ucp_ep_params_t.err_mode"] = Offset<UcpEpParams>(nameof(UcpEpParams.ErrorMode)),
        ["ucp_ep_params_t.err_handler.cb"] = Offset<UcpEpParams>(nameof(UcpEpParams.ErrorHandler)),
        ["ucp_ep_params_t.err_handler.arg"] = Offset<UcpEpParams>(nameof(UcpEpParams.ErrorArgument)),
        ["ucp_ep_params_t.flags"] = Offset<UcpEpParams>(nameof(UcpEpParams.Flags)),
        ["ucp_ep_params_t.sockaddr"] = Offset<UcpEpParams>(nameof(UcpEpParams.SockAddr)),
        ["ucp_ep_params_t.conn_request"] = Offset<UcpEpParams>(nameof(UcpEpParams.ConnectionRequest)),
        ["sizeof ucp_request_param_t"] = Unsafe.SizeOf<UcpRequestParam>(),
        ["ucp_request_param_t.op_attr_mask"] = Offset<UcpRequestParam>(nameof(UcpRequestParam.AttributeMask)),
        ["ucp_request_param_t.flags"] = Offset<UcpRequestParam>(nameof(UcpRequestParam.Flags)),
        ["ucp_request_param_t.request"] = Offset<UcpRequestParam>(nameof(UcpRequestParam.Request)),
        ["ucp_request_param_t.cb"] = Offset<UcpRequestParam>(nameof(UcpRequestParam.Callback)),
        ["ucp_request_param_t.datatype"] = Offset<UcpRequestParam>(nameof(UcpRequestParam.Datatype)),
        ["ucp_request_param_t.user_data"] = Offset<UcpRequestParam>(nameof(UcpRequestParam.UserData)),
        ["ucp_request_param_t.memh"] = Offset<UcpRequestParam>(nameof(UcpRequestParam.MemoryHandle)),
        ["sizeof ucp_mem_map_params_t"] = Unsafe.SizeOf<UcpMemMapParams>(),
        ["ucp_mem_map_params_t.field_mask"] = Offset<UcpMemMapParams>(nameof(UcpMemMapParams.FieldMask)),
        ["ucp_mem_map_params_t.address"] = Offset<UcpMemMapParams>(nameof(UcpMemMapParams.Address)),
        ["ucp_mem_map_params_t.length"] = Offset<UcpMemMapParams>(nameof(UcpMemMapParams.Length)),
        ["sizeof ucp_am_handler_param_t"] = Unsafe.SizeOf<UcpAmHandlerParam>(),
        ["ucp_am_handler_param_t.field_mask"] = Offset<UcpAmHandlerParam>(nameof(UcpAmHandlerParam.FieldMask)),
        ["ucp_am_handler_param_t.id"] = Offset<UcpAmHandlerParam>(nameof(UcpAmHandlerParam.Id)),
        ["ucp_am_handler_param_t.flags"] = Offset<UcpAmHandlerParam>(nameof(UcpAmHandlerParam.Flags)),
        ["ucp_am_handler_param_t.cb"] = Offset<UcpAmHandlerParam>(nameof(UcpAmHandlerParam.Callback)),
        ["ucp_am_handler_param_t.arg"] = Offset<UcpAmHandlerParam>(nameof(UcpAmHandlerParam.Argument)),
        ["sizeof ucp_am_recv_param_t"] = Unsafe.SizeOf<UcpAmRecvParam>(),
        ["ucp_am_recv_param_t.recv_attr"] = Offset<UcpAmRecvParam>(nameof(UcpAmRecvParam.Attributes)),
        ["ucp_am_recv_param_t.reply_ep"] = Offset<UcpAmRecvParam>(nameof(UcpAmRecvParam.ReplyEndpoint)),
        ["sizeof ucp_dt_iov_t"] = Unsafe.SizeOf<UcxSegment>(),
        ["ucp_dt_iov_t.buffer"] = Offset<UcxSegment>("_address"),
        ["ucp_dt_iov_t.length"] = Offset<UcxSegment>("_lengthBytes"),
        ["UCP_PARAM_FIELD_FEATURES"] = (long)UcpParams.FieldFeatures,
        ["UCP_PARAM_FIELD_MT_WORKERS_SHARED"] = (long)UcpParams.FieldWorkersShared,
        ["UCP_PARAM_FIELD_ESTIMATED_NUM_EPS"] = (long)UcpParams.FieldEstimatedEndpoints,
        ["UCP_FEATURE_AM"] = (long)UcpParams.FeatureActiveMessage,
        ["UCP_FEATURE_WAKEUP"] = (long)UcpParams.FeatureWakeup,
        ["UCP_WORKER_PARAM_FIELD_THREAD_MODE"] = (long)UcpWorkerParams.FieldThreadMode,
        ["UCS_THREAD_MODE_SINGLE"] = UcpWorkerParams.ThreadModeSingle,
        ["UCP_WORKER_ATTR_FIELD_MAX_AM_HEADER"] = (long)UcpWorkerAttr.FieldMaxAmHeader,
        ["UCP_LISTENER_PARAM_FIELD_SOCK_ADDR"] = (long)UcpListenerParams.FieldSockAddr,
        ["UCP_LISTENER_PARAM_FIELD_CONN_HANDLER"] = (long)UcpListenerParams.FieldConnectionHandler,
        ["UCP_LISTENER_ATTR_FIELD_SOCKADDR"] = (long)UcpListenerAttr.FieldSockAddr,
        ["UCP_EP_PARAM_FIELD_ERR_HANDLING_MODE"] = (long)UcpEpParams.FieldErrorMode,
        ["UCP_EP_PARAM_FIELD_ERR_HANDLER"] = (long)UcpEpParams.FieldErrorHandler,
        ["UCP_EP_PARAM_FIELD_SOCK_ADDR"] = (long)UcpEpParams.FieldSockAddr,
        ["UCP_EP_PARAM_FIELD_FLAGS"] = (long)UcpEpParams.FieldFlags,
        ["UCP_EP_PARAM_FIELD_CONN_REQUEST"] = (long)UcpEpParams.FieldConnectionRequest,
        ["UCP_EP_PARAMS_FLAGS_CLIENT_SERVER"] = UcpEpParams.FlagClientServer,
        ["UCP_ERR_HANDLING_MODE_PEER"] = UcpEpParams.ErrorModePeer,
        ["UCP_OP_ATTR_FIELD_CALLBACK"] = UcpRequestParam.FieldCallback,
        ["UCP_OP_ATTR_FIELD_USER_DATA"] = UcpRequestParam.FieldUserData,
        ["UCP_OP_ATTR_FIELD_DATATYPE"] = UcpRequestParam.FieldDatatype,
        ["UCP_OP_ATTR_FIELD_FLAGS"] = UcpRequestParam.FieldFlags,
        ["UCP_OP_ATTR_FIELD_MEMH"] = UcpRequestParam.FieldMemoryHandle,
        ["UCP_MEM_MAP_PARAM_FIELD_ADDRESS"] = (long)UcpMemMapParams.FieldAddress,
        ["UCP_MEM_MAP_PARAM_FIELD_LENGTH"] = (long)UcpMemMapParams.FieldLength,
        ["UCP_AM_SEND_FLAG_REPLY"] = (long)UcxSendMode.WithReplyEndpoint,
        ["UCP_AM_SEND_FLAG_EAGER"] = (long)UcxSendMode.Eager,
        ["UCP_AM_SEND_FLAG_RNDV"] = (long)UcxSendMode.Rendezvous,
        ["UCP_EP_CLOSE_FLAG_FORCE"] = UcpRequestParam.CloseFlagForce,
        ["ucp_dt_make_contig(1)"] = (long)UcpRequestParam.DatatypeBytes,
        ["ucp_dt_make_iov()"] = (long)UcpRequestParam.DatatypeIov,
        ["UCP_AM_HANDLER_PARAM_FIELD_ID"] = (long)UcpAmHandlerParam.FieldId,
        ["UCP_AM_HANDLER_PARAM_FIELD_FLAGS"] = (long)UcpAmHandlerParam.FieldFlags,
        ["UCP_AM_HANDLER_PARAM_FIELD_CB"] = (long)UcpAmHandlerParam.FieldCallback,
        ["UCP_AM_HANDLER_PARAM_FIELD_ARG"] = (long)UcpAmHandlerParam.FieldArgument,
        ["UCP_AM_FLAG_WHOLE_MSG"] = UcpAmHandlerParam.FlagWholeMessage,
        ["UCP_AM_RECV_ATTR_FIELD_REPLY_EP"] = (long)UcpAmRecvParam.FieldReplyEndpoint,
        ["UCP_AM_RECV_ATTR_FLAG_RNDV"] = (long)UcpAmRecvParam.FlagRendezvous,
        ["UCS_INPROGRESS"] = (long)UcxStatus.InProgress,
        ["UCS_ERR_NO_DEVICE"] = (long)UcxStatus.NoDevice,
        ["UCS_ERR_BUSY"] = (long)UcxStatus.Busy,
        ["UCS_ERR_CANCELED"] = (long)UcxStatus.Canceled,
        ["UCS_ERR_REJECTED"] = (long)UcxStatus.Rejected,
        ["UCS_ERR_NOT_CONNECTED"] = (long)UcxStatus.NotConnected,
        ["UCS_ERR_CONNECTION_RESET"] = (long)UcxStatus.ConnectionReset,
        ["UCS_ERR_ENDPOINT_TIMEOUT"] = (long)UcxStatus.EndpointTimeout,
        ["UCS_ERR_LAST"] = UcxOperationBlock.FirstErrorPointer,
    };

    private static long Offset<T>(string field) => Marshal.OffsetOf<T>(field);

    private static async Task<Dictionary<string, long>> ProbeAsync()
    {
        if (!File.Exists("/usr/include/ucp/api/ucp.h"))
            Assert.Skip("The UCX header is not installed (package libucx-dev).");
        string source = Path.Combine(AppContext.BaseDirectory, "layout-probe.c");
        string program = Path.Combine(Directory.CreateTempSubdirectory("ucx-layout").FullName, "probe");
        try
        {
            await RunAsync("gcc", "-w", source, "-o", program);
            string output = await RunAsync(program);
            return output.Split('\n', StringSplitOptions.RemoveEmptyEntries).ToDictionary(
                line => line[..line.LastIndexOf(' ')],
                line => long.Parse(line.AsSpan(line.LastIndexOf(' ') + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture),
                StringComparer.Ordinal);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(program)!, recursive: true);
        }
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true };
        Process? process;
        try
        {
            process = Process.Start(start);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"{program} is not installed.");
            throw;
        }

        using (process)
        {
            string output = await process!.StandardOutput.ReadToEndAsync().WaitAsync(s_patience);
            await process.WaitForExitAsync().WaitAsync(s_patience);
            Assert.Equal(0, process.ExitCode);
            return output;
        }
    }
}
