using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Monorepo.Blobs;
using Monorepo.Blobs.Wire;
using Monorepo.Core;

namespace Monorepo.Peers.BlobPlane;

/// <summary>
/// The yardstick: our messages over blocking sockets, a thread a connection, one send a message, no protocol beside. As simple and as fast as C# goes without
/// giving anything up that a comparison needs.
/// </summary>
internal static class RawTcpServer
{
    public const string Verb = "--raw-server";

    private const int BufferBytes = 64 << 10;

    /// <summary>Prints its address, serves every set until its input ends.</summary>
    public static async Task<int> RunAsync()
    {
        Dictionary<ObjectId, byte[]> contents = [];
        foreach (BlobSet set in BlobSet.Measured)
        {
            for (int number = 0; number < set.Count; number++)
            {
                byte[] body = set.Contents(number);
                contents.Add(ObjectHasher.Hash(ObjectKind.Blob, body), body);
            }
        }

        TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        await Console.Out.WriteLineAsync(listener.LocalEndpoint.ToString());
        _ = Task.Run(async () =>
        {
            while (true)
            {
                Socket socket = await listener.AcceptSocketAsync();
                new Thread(() => Serve(socket, contents)) { IsBackground = true }.Start();
            }
        });
        await Console.In.ReadToEndAsync();
        return 0;
    }

    private static void Serve(Socket socket, Dictionary<ObjectId, byte[]> contents)
    {
        socket.NoDelay = true;
        byte[] input = new byte[BufferBytes];
        byte[] output = new byte[BufferBytes];
        int filled = 0;
        while (true)
        {
            int read = socket.Receive(input.AsSpan(filled));
            if (read == 0)
                return;
            filled += read;
            int at = 0;
            while (TryTakeRequest(input.AsSpan(at, filled - at), out MessageHeader header, out ReadOnlySpan<ObjectId> ids, out int length))
            {
                at += length;
                int bytes = MessageHeader.Size + (ids.Length * ReplyStream.TableEntryBytes);
                foreach (ObjectId id in ids)
                    bytes += contents[id].Length;
                if (output.Length < bytes)
                    output = new byte[bytes];
                int body = MessageHeader.Size + (ids.Length * ReplyStream.TableEntryBytes);
                new MessageHeader(MessageType.GetReply, WireStatus.Ok, ids.Length, header.RequestId, bytes - MessageHeader.Size).Write(output);
                for (int i = 0; i < ids.Length; i++)
                {
                    byte[] one = contents[ids[i]];
                    ReplyStream.WriteEntry(output.AsSpan(MessageHeader.Size), i, BlobOutcome.Found, one.Length);
                    one.CopyTo(output, body);
                    body += one.Length;
                }

                Send(socket, output.AsSpan(0, bytes));
            }

            input.AsSpan(at, filled - at).CopyTo(input);
            filled -= at;
        }
    }

    internal static void Send(Socket socket, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[socket.Send(bytes)..];
    }

    private static bool TryTakeRequest(ReadOnlySpan<byte> input, out MessageHeader header, out ReadOnlySpan<ObjectId> ids, out int length)
    {
        ids = default;
        length = 0;
        header = default;
        if (input.Length <= MessageHeader.Size || MessageHeader.Read(input[..MessageHeader.Size], out header) != WireError.None)
            return false;
        length = MessageHeader.Size + 1 + input[MessageHeader.Size] + (header.Keys * ObjectId.Size);
        return input.Length >= length
            && GetRequest.Read(input[MessageHeader.Size..length], header.Keys, out _, out ids) == WireError.None;
    }
}

/// <summary>The client's end: one thread keeps requests on their way and reads the answers as they come.</summary>
internal sealed class RawTcpTransport : IBlobTransport
{
    private readonly Socket _socket;

    private RawTcpTransport(Socket socket) => _socket = socket;

    public string Name => "raw";

    public static async Task<RawTcpTransport> ConnectAsync(IPEndPoint server)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server);
        return new RawTcpTransport(socket);
    }

    /// <summary>Does a whole load on the calling thread.</summary>
    /// <returns>How long each request took.</returns>
    public List<long> Run(RepositoryName repository, ObjectId[] ids, int keys, int outstanding, long end)
    {
        List<long> latencies = new(1 << 16);
        Random random = new(1);
        ObjectId[] asked = new ObjectId[keys];
        byte[] request = new byte[MessageHeader.Size + GetRequest.Size(repository, keys)];
        byte[] input = new byte[(64 << 10) + MessageHeader.Size + (keys * ((4 << 20) + ReplyStream.TableEntryBytes))];
        Queue<long> begun = new();
        int filled = 0;
        for (int i = 0; i < outstanding; i++)
            Ask();
        while (begun.Count > 0)
        {
            int wanted = filled < MessageHeader.Size ? MessageHeader.Size : MessageHeader.Size + BinaryPrimitives.ReadInt32LittleEndian(input.AsSpan(16));
            while (filled < wanted)
            {
                filled += _socket.Receive(input.AsSpan(filled, Math.Max(64 << 10, wanted - filled)));
                wanted = filled < MessageHeader.Size ? MessageHeader.Size : MessageHeader.Size + BinaryPrimitives.ReadInt32LittleEndian(input.AsSpan(16));
            }

            int at = 0;
            while (filled - at >= MessageHeader.Size)
            {
                int length = MessageHeader.Size + BinaryPrimitives.ReadInt32LittleEndian(input.AsSpan(at + 16));
                if (filled - at < length)
                    break;
                if (ReplyStream.Read(input.AsMemory(at + MessageHeader.Size, length - MessageHeader.Size), keys, out _) != WireError.None)
                    throw new InvalidDataException("The yardstick's answer can't be read.");
                at += length;
                long now = Stopwatch.GetTimestamp();
                latencies.Add(now - begun.Dequeue());
                if (now < end)
                    Ask();
            }

            input.AsSpan(at, filled - at).CopyTo(input);
            filled -= at;
        }

        return latencies;

        void Ask()
        {
            LoadProgram.Pick(random, ids, asked);
            new MessageHeader(MessageType.Get, WireStatus.Ok, keys, 1).Write(request);
            GetRequest.Write(request.AsSpan(MessageHeader.Size), repository, asked);
            begun.Enqueue(Stopwatch.GetTimestamp());
            RawTcpServer.Send(_socket, request);
        }
    }

    public ValueTask<BlobReply> GetAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken) =>
        throw new NotSupportedException("It does whole loads only.");

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
