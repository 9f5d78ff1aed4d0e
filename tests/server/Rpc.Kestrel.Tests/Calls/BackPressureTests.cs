using Monorepo.Rpc.Tests.Interop;

namespace Monorepo.Rpc.Kestrel.Tests.Calls;

public sealed class BackPressureTests(RpcServerFixture server) : IClassFixture<RpcServerFixture>
{
    private const int Notes = 160;
    private const int NoteBytes = 1024 * 1024;

    // The client's window grows to 16 MiB at most; the rest is room for the buffers of both sides and of the sockets.
    // A server that does not wait would be all notes ahead.
    private const int AheadMax = 64;

    [Fact]
    public async Task Server_stays_a_bounded_number_of_messages_ahead_of_its_reader()
    {
        using RpcChannel channel = new(server.Address);
        using RpcServerStreamingCall<Note> call = channel.ServerStreaming(
            InteropMethods.Count, new Ask { Count = Notes, PayloadBytes = NoteBytes }, RpcCallOptions.NoDeadline);
        int read = 0;
        await foreach (Note note in call.ResponseStream)
        {
            // A unary call on the same connection gives the server every chance to run ahead.
            await channel.UnaryAsync(InteropMethods.Echo, new Ask());
            read++;
            Assert.InRange(server.Interop.NotesWritten - read, -1, AheadMax);
        }

        Assert.Equal(Notes, read);
    }
}
