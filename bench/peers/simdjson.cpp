// Selects the entities of one type with simdjson and copies them to a null sink. Stays warm: each line on standard
// input starts a round, which prints one line of JSON with its time. Usage: simdjson <way> <file> <type>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include <simdjson.h>

// The instruction set that On-Demand was compiled for.
#define TEXT_OF(name) #name
#define NAME_OF(macro) TEXT_OF(macro)

using namespace simdjson;

namespace {

// Bytes per read, and per batch of iterate_many: the fastest size, by a few percent.
constexpr size_t READ_BYTES = 512 * 1024;
constexpr size_t SINK_BYTES = 1024 * 1024;

[[noreturn]] void fail(const std::string &reason) {
  std::fprintf(stderr, "%s\n", reason.c_str());
  std::exit(1);
}

// Writes the document {"entities":[…]} into a buffer that is reused.
class Sink {
public:
  size_t entities = 0;
  size_t bytes = 0;

  Sink() : buffer(SINK_BYTES) { put("{\"entities\":["); }

  void take(std::string_view entity) {
    if (entities++ > 0) put(",");
    put(entity);
  }

  void end() {
    put("]}");
    forget();
  }

private:
  std::vector<char> buffer;
  size_t used = 0;

  void put(std::string_view text) {
    while (!text.empty()) {
      const size_t length = std::min(text.size(), buffer.size() - used);
      std::memcpy(buffer.data() + used, text.data(), length);
      used += length;
      text.remove_prefix(length);
      if (used == buffer.size()) forget();
    }
  }

  void forget() {
    // Prevents the compiler from dropping the copy, whose result is not read.
    asm volatile("" : : "r"(buffer.data()) : "memory");
    bytes += used;
    used = 0;
  }
};

// A file that each round reads from its start, into the same memory.
class File {
public:
  explicit File(const char *path) : descriptor(open(path, O_RDONLY)) {
    if (descriptor < 0) fail(std::string("cannot open ") + path);
  }

  // The complete text, for a parser that needs all of it at once.
  padded_string_view whole() {
    const off_t size = lseek(descriptor, 0, SEEK_END);
    lseek(descriptor, 0, SEEK_SET);
    buffer.resize(size_t(size) + SIMDJSON_PADDING);
    size_t length = 0;
    while (size_t got = fill(length, size_t(size) - length)) length += got;
    return padded_string_view(buffer.data(), length, buffer.size());
  }

  // Chunk by chunk, cut after the last newline, which keeps the text in the processor's cache.
  void lines(const std::function<void(padded_string_view)> &use) {
    lseek(descriptor, 0, SEEK_SET);
    size_t kept = 0;
    for (;;) {
      if (buffer.size() < kept + READ_BYTES + SIMDJSON_PADDING) buffer.resize(kept + READ_BYTES + SIMDJSON_PADDING);
      const size_t got = fill(kept, READ_BYTES);
      const size_t length = kept + got;
      size_t end = length;
      if (got > 0) {
        const void *newline = memrchr(buffer.data(), '\n', length);
        end = newline ? size_t(static_cast<const char *>(newline) - buffer.data()) + 1 : 0;
      }
      if (end > 0) use(padded_string_view(buffer.data(), end, buffer.size()));
      kept = length - end;
      std::memmove(buffer.data(), buffer.data() + end, kept);
      if (got == 0) return;
    }
  }

private:
  int descriptor;
  std::vector<char> buffer;

  size_t fill(size_t at, size_t size) {
    const ssize_t got = read(descriptor, buffer.data() + at, size);
    if (got < 0) fail("cannot read");
    return size_t(got);
  }
};

std::string_view raw(ondemand::object entity) {
  std::string_view text;
  if (entity.reset().error() || entity.raw_json().get(text)) fail("an entity has no text");
  // The text of one of many documents reaches up to the next one.
  while (text.back() != '}') text.remove_suffix(1);
  return text;
}

// Many documents in one text: simdjson finds the end of each, and validates everything.
void iterate_many(ondemand::parser &parser, padded_string_view text, std::string_view wanted, Sink &sink) {
  ondemand::document_stream stream;
  if (parser.iterate_many(text.data(), text.length(), READ_BYTES).get(stream)) fail("iterate_many failed");
  for (auto document : stream) {
    ondemand::object entity;
    if (document.get_object().get(entity)) fail("an entity is no object");
    std::string_view type;
    if (!entity["type"].get_string().get(type) && type == wanted) sink.take(raw(entity));
  }
  if (stream.truncated_bytes() > 0) fail("lines were left over");
}

// Newlines end entities; only their types are read.
void per_line(ondemand::parser &parser, padded_string_view text, std::string_view wanted, Sink &sink) {
  const char *end = text.data() + text.length();
  for (const char *line = text.data(); line < end;) {
    const void *newline = std::memchr(line, '\n', size_t(end - line));
    const char *stop = newline ? static_cast<const char *>(newline) : end;
    const size_t length = size_t(stop - line);
    ondemand::document document;
    const size_t capacity = text.capacity() - size_t(line - text.data());
    if (parser.iterate(padded_string_view(line, length, capacity)).get(document)) fail("a line is no JSON");
    std::string_view type;
    if (!document["type"].get_string().get(type) && type == wanted) sink.take({line, length});
    line = stop + 1;
  }
}

void one_document(ondemand::parser &parser, padded_string_view text, std::string_view wanted, Sink &sink) {
  ondemand::document document;
  if (parser.iterate(text).get(document)) fail("no document");
  ondemand::array entities;
  if (document["entities"].get_array().get(entities)) fail("no entities");
  for (auto element : entities) {
    ondemand::object entity;
    if (element.get_object().get(entity)) fail("an entity is no object");
    std::string_view type;
    if (!entity["type"].get_string().get(type) && type == wanted) sink.take(raw(entity));
  }
}

} // namespace

int main(int count, char **arguments) {
  if (count == 2 && std::string_view(arguments[1]) == "--version") {
    std::printf("%d.%d.%d, %s\n", SIMDJSON_VERSION_MAJOR, SIMDJSON_VERSION_MINOR, SIMDJSON_VERSION_REVISION,
                NAME_OF(SIMDJSON_BUILTIN_IMPLEMENTATION));
    return 0;
  }
  if (count != 4) fail("usage: simdjson <many|lines|document> <file> <type>");
  const std::string_view way = arguments[1];
  const std::string_view wanted = arguments[3];
  File file(arguments[2]);
  ondemand::parser parser;
#ifdef SIMDJSON_THREADS_ENABLED
  // One core, like the other contenders.
  parser.threaded = false;
#endif
  for (std::string command; std::getline(std::cin, command);) {
    const auto start = std::chrono::steady_clock::now();
    Sink sink;
    if (way == "many") {
      file.lines([&](padded_string_view text) { iterate_many(parser, text, wanted, sink); });
    } else if (way == "lines") {
      file.lines([&](padded_string_view text) { per_line(parser, text, wanted, sink); });
    } else {
      one_document(parser, file.whole(), wanted, sink);
    }
    sink.end();
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    std::printf("{\"ms\":%.4f,\"entities\":%zu,\"bytes\":%zu}\n", time.count(), sink.entities, sink.bytes);
    std::fflush(stdout);
  }
}
