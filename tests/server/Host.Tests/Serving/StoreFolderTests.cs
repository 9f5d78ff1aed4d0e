using System.Globalization;
using Microsoft.Extensions.Logging;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Host.Serving;
using Monorepo.Storage;
using Monorepo.Storage.RocksDb;

namespace Monorepo.Host.Tests.Serving;

public sealed class StoreFolderTests
{
    [Fact]
    public async Task It_folds_what_came_one_by_one_and_says_so()
    {
        using DataDirectory data = new();
        await using RocksDbEngine engine = RocksDbEngine.Open(new RocksDbEngineOptions { Path = Path.Combine(data.Path, "store") });
        IRepository repository = await engine.CreateAsync(RepositoryName.Parse("main"), default);
        for (int i = 0; i < 5; i++)
        {
            byte[] body = new byte[1_000 + i];
            await repository.Objects.PutAsync(
                [new NewObject(ObjectHasher.Hash(ObjectKind.Blob, body), ObjectEnvelope.Wrap(ObjectKind.Blob, body), ObjectLocality.OfKind(ObjectKind.Blob))], default);
        }

        using FirstLine log = new();
        await using (StoreFolder folder = new(engine, TimeSpan.FromMilliseconds(1), TimeProvider.System, new ServerLog(log)))
        {
            folder.Start();
            Assert.Equal("Folded 5 small clusters into 1", await log.Line.WaitAsync(TimeSpan.FromSeconds(30)));
        }

        Assert.Equal(0, (await engine.FoldAsync(null, null, default)).ClustersFolded);
    }

    [Fact]
    public async Task Without_an_interval_it_does_nothing()
    {
        using DataDirectory data = new();
        await using RocksDbEngine engine = RocksDbEngine.Open(new RocksDbEngineOptions { Path = Path.Combine(data.Path, "store") });
        using FirstLine log = new();
        await using (StoreFolder folder = new(engine, interval: null, TimeProvider.System, new ServerLog(log)))
            folder.Start();
        Assert.False(log.Line.IsCompleted);
    }

    private sealed class FirstLine : ILogger, IDisposable
    {
        private readonly TaskCompletionSource<string> _line = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Line => _line.Task;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => this;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _line.TrySetResult(string.Create(CultureInfo.InvariantCulture, $"{formatter(state, exception)}"));

        public void Dispose()
        {
        }
    }
}
