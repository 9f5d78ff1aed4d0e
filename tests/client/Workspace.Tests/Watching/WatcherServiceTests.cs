using System.Net.Sockets;
using Monorepo.Formats.Watching;
using Monorepo.Watcher;
using Monorepo.Workspace.Tests.Checkout;
using Monorepo.Workspace.Watching;

namespace Monorepo.Workspace.Tests.Watching;

/// <summary>How a watcher's life ends, and what it says to programs of another version.</summary>
public sealed class WatcherServiceTests : IAsyncLifetime
{
    private const ushort OtherVersion = 99;

    private RandomTrees _trees = null!;
    private CheckedOutClone _clone = null!;

    private WatcherPaths Paths => WatcherPaths.Of(_clone.Clone.Paths);

    public async ValueTask InitializeAsync()
    {
        _trees = new RandomTrees(new Random(1), commits: 1, filesMax: 5, textNames: true);
        _clone = await CheckedOutClone.CreateAsync(_trees);
    }

    public ValueTask DisposeAsync()
    {
        _clone.Dispose();
        _trees.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void It_ends_when_nobody_asks_for_long()
    {
        using WatcherService service = WatcherService.TryStart(Paths, new WatcherOptions { Version = "test", IdleAfter = TimeSpan.FromMilliseconds(100) })!;
        using CancellationTokenSource patience = new(WatchedClone.Patience);
        service.WaitForEnd(patience.Token);
    }

    [Fact]
    public void A_question_of_another_version_is_refused_and_its_stop_is_followed()
    {
        using WatcherService service = WatcherService.TryStart(Paths, new WatcherOptions { Version = "test", Source = EventSourceKind.Inotify })!;
        Assert.Equal(WatchMessage.Refused, Ask(OtherVersion, WatchMessage.Status));
        Assert.Equal(AskOutcome.Answered, new WatcherClient(Paths).AskInfo(WatchedClone.Patience, out _));
        Assert.Equal(WatchMessage.Answer, Ask(OtherVersion, WatchMessage.Stop));
        using CancellationTokenSource patience = new(WatchedClone.Patience);
        service.WaitForEnd(patience.Token);
    }

    [Fact]
    public void A_second_one_does_not_start()
    {
        using WatcherService service = WatcherService.TryStart(Paths, new WatcherOptions { Version = "test" })!;
        Assert.Null(WatcherService.TryStart(Paths, new WatcherOptions { Version = "test" }));
    }

    private WatchMessage Ask(ushort version, WatchMessage message)
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(Paths.Socket));
        byte[] header = new byte[WatchFrame.HeaderBytes];
        new WatchFrame(version, message, 0).Write(header);
        socket.Send(header);
        for (int filled = 0, count; filled < header.Length; filled += count)
        {
            count = socket.Receive(header.AsSpan(filled));
            Assert.NotEqual(0, count);
        }

        return WatchFrame.Read(header, WatchFrame.AnswerBytesMax).Message;
    }
}
