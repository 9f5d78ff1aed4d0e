using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;

namespace Monorepo.Native.Ucx.Tests;

/// <summary>Two workers pumped by the test's own thread.</summary>
public sealed unsafe class UcxWorkerTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    internal static IReadOnlyDictionary<string, string> Loopback { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["NET_DEVICES"] = "lo",
        ["TLS"] = "tcp",
        ["RNDV_THRESH"] = "65536",
    };

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(1000, 3)]
    [InlineData(300_000, 1)]
    public void A_message_arrives_with_its_header_and_every_segment(int bytes, int segments)
    {
        UcxRuntimeTests.SkipWithoutUcx();
        using UcxContext context = UcxContext.Create(Loopback, endpointsExpected: 0);
        Recorder server = new();
        Recorder client = new();
        using UcxWorker serverWorker = UcxWorker.Create(context, server);
        using UcxWorker clientWorker = UcxWorker.Create(context, client);
        IPEndPoint address = serverWorker.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        Assert.NotEqual(0, address.Port);

        byte[] body = GC.AllocateUninitializedArray<byte>(bytes * segments, pinned: true);
        new Random(bytes).NextBytes(body);
        UcxEndpoint endpoint = clientWorker.Connect(address);
        Completion sent = new();
        fixed (byte* start = body)
        {
            UcxSegment[] pieces = new UcxSegment[segments];
            for (int i = 0; i < segments; i++)
                pieces[i] = new UcxSegment(start + (i * bytes), (nuint)bytes);
            // Until the connection stands UCX sends eagerly whatever the threshold says, so the mode is asked for.
            UcxSendMode mode = bytes > 65536 ? UcxSendMode.Rendezvous : UcxSendMode.Auto;
            clientWorker.Send(endpoint, "header"u8, pieces, mode | UcxSendMode.WithReplyEndpoint, sent);
            Pump(() => server.Body is not null && sent.Status is not null, server, serverWorker, clientWorker);
        }

        Assert.Equal(UcxStatus.Ok, sent.Status);
        Assert.Equal("header"u8, server.Header.AsSpan());
        Assert.Equal(body, server.Body);
        Assert.Equal(bytes > 65536, server.WasRendezvous);
        Assert.Equal(server.Accepted, server.ReplyEndpoint);

        clientWorker.Close(endpoint);
        Pump(() => server.Failed is not null, server, serverWorker, clientWorker);
        Pump(() => serverWorker.OperationsPending + clientWorker.OperationsPending == 0, server, serverWorker, clientWorker);
    }

    [Fact]
    public void A_closed_port_is_reported_as_not_connected()
    {
        UcxRuntimeTests.SkipWithoutUcx();
        using UcxContext context = UcxContext.Create(Loopback, endpointsExpected: 0);
        Recorder client = new();
        using UcxWorker worker = UcxWorker.Create(context, client);
        client.Worker = worker;
        using System.Net.Sockets.Socket bound = new(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        UcxEndpoint endpoint = worker.Connect(new IPEndPoint(IPAddress.Loopback, ((IPEndPoint)bound.LocalEndPoint!).Port));
        Pump(() => client.Failed is not null, client, worker);
        Assert.Equal((endpoint, UcxStatus.NotConnected), client.Failed);
        Pump(() => worker.OperationsPending == 0, client, worker);
    }

    [Fact]
    public void A_signal_before_the_wait_is_not_lost()
    {
        UcxRuntimeTests.SkipWithoutUcx();
        using UcxContext context = UcxContext.Create(Loopback, endpointsExpected: 0);
        UcxWorker worker = UcxWorker.Create(context, new Recorder());
        while (worker.Progress() || !worker.TryArm())
        {
        }

        worker.Signal();
        worker.Wait(timeoutMs: -1);
        worker.Dispose();
        worker.Signal();
        worker.Dispose();
    }

    private static void Pump(Func<bool> done, Recorder server, params UcxWorker[] workers)
    {
        server.Worker ??= workers[0];
        Stopwatch watch = Stopwatch.StartNew();
        while (!done())
        {
            Assert.True(watch.Elapsed < s_patience, "Nothing came.");
            foreach (UcxWorker worker in workers)
                worker.Progress();
            server.AcceptPending();
        }
    }

    private sealed class Completion : UcxOperation
    {
        internal UcxStatus? Status { get; private set; }

        public override void OnCompleted(UcxStatus status)
        {
            Assert.Null(Status);
            Status = status;
        }
    }

    private sealed class Recorder : IUcxEvents
    {
        private UcxConnectionRequest? _pending;

        internal UcxWorker? Worker { get; set; }

        internal UcxEndpoint Accepted { get; private set; }

        internal UcxEndpoint ReplyEndpoint { get; private set; }

        internal byte[]? Header { get; private set; }

        internal byte[]? Body { get; private set; }

        internal bool WasRendezvous { get; private set; }

        internal (UcxEndpoint Endpoint, UcxStatus Status)? Failed { get; private set; }

        internal void AcceptPending()
        {
            if (_pending is { } request)
                Accepted = Worker!.Accept(request);
            _pending = null;
        }

        public void OnConnectionRequest(UcxConnectionRequest request) => _pending = request;

        public void OnEndpointFailed(UcxEndpoint endpoint, UcxStatus status)
        {
            Failed = (endpoint, status);
            Worker!.Close(endpoint);
        }

        public void OnMessage(in UcxMessage message)
        {
            Header = message.Header.ToArray();
            ReplyEndpoint = message.ReplyEndpoint;
            WasRendezvous = message.IsRendezvous;
            if (message.IsRendezvous)
                message.Receive(Landing.Segment((int)message.BodyBytes, body => Body = body, out Landing landing), landing);
            else
                Body = message.Body.ToArray();
        }
    }

    private sealed class Landing(byte* memory, int bytes, Action<byte[]> landed) : UcxOperation
    {
        internal static UcxSegment Segment(int bytes, Action<byte[]> landed, out Landing landing)
        {
            byte* memory = (byte*)NativeMemory.Alloc((nuint)bytes);
            landing = new Landing(memory, bytes, landed);
            return new UcxSegment(memory, (nuint)bytes);
        }

        public override void OnCompleted(UcxStatus status)
        {
            Assert.Equal(UcxStatus.Ok, status);
            landed(new ReadOnlySpan<byte>(memory, bytes).ToArray());
            NativeMemory.Free(memory);
        }
    }
}
